// The matrix product, also of many matrices. NumPy's is the reference (backend/products.py).
//
// A block of columns of b is packed, so that its numbers lie in the order in which they are used, and stays in the
// cache while some rows of a pass by, a few at a time. Numbers add up in the same order on any number of threads.

#define DEPTH 512           // rows of b that are packed at a time: 128 kB of floats
#define HEIGHT 192          // rows of a that pass by

// add: c += a @ b.  packed: b is what ``pack_matrix`` made of it.
typedef struct { long m, n, k, a_row, a_column, b_row, b_column, c_row, c_column, add, packed; } NAME(Product);

INLINE void NAME(pack_columns)(real *to, const real *b, long k, long n, const NAME(Product) *s) {
    // to[k][COLUMNS] from n ≤ COLUMNS columns of b; what is beyond is 0.
    if (n < COLUMNS) memset(to, 0, k * COLUMNS * sizeof(real));
    if (s->b_column == 1)
        for (long i = 0; i < k; i++) memcpy(to + i * COLUMNS, b + i * s->b_row, n * sizeof(real));
    else
        for (long i = 0; i < k; i += 8)                     // a few rows at a time: a piece of each column
            for (long j = 0; j < n; j++)
                for (long r = i; r < i + 8 && r < k; r++) to[r * COLUMNS + j] = b[r * s->b_row + j * s->b_column];
}

static real *NAME(pack_matrix)(const real *b, const NAME(Product) *s) {
    // Blocks (k, COLUMNS) of b one after the other, for many products with the same b; free them.
    real *to = aligned((s->n + COLUMNS - 1) / COLUMNS * COLUMNS * s->k * sizeof(real));
    for (long j = 0; j < s->n; j += COLUMNS)
        NAME(pack_columns)(to + j * s->k, b + j * s->b_column, s->k, s->n - j < COLUMNS ? s->n - j : COLUMNS, s);
    return to;
}

void NAME(matmul)(const real *a, const real *b, real *c, const NAME(Product) *s, const long *offsets, long batch,
                  long threads) {
    // c = a @ b for each of ``batch`` triples; offsets[3 · i …] says where the matrices of the i-th begin.
    long blocks = (s->n + COLUMNS - 1) / COLUMNS, parts = (s->m + HEIGHT - 1) / HEIGHT;
    long depth = s->k < DEPTH ? s->k : DEPTH;
    THREADS(threads)
    {
        real *columns = aligned(depth * COLUMNS * sizeof(real)), out[HIGH * COLUMNS];
        SHARED_LOOP(3)
        for (long i = 0; i < batch; i++)
            for (long part = 0; part < parts; part++)
                for (long block = 0; block < blocks; block++) {
                    long j = block * COLUMNS, n = s->n - j < COLUMNS ? s->n - j : COLUMNS;
                    long last = part * HEIGHT + HEIGHT < s->m ? part * HEIGHT + HEIGHT : s->m;
                    for (long k = 0; k < s->k; k += depth) {
                        long d = s->k - k < depth ? s->k - k : depth;
                        const real *from = b + offsets[3 * i + 1];
                        if (!s->packed) NAME(pack_columns)(columns, from + k * s->b_row + j * s->b_column, d, n, s);
                        for (long row = part * HEIGHT; row < last; row += HIGH) {
                            int F = last - row < HIGH ? last - row : HIGH;
                            real *to = c + offsets[3 * i + 2] + row * s->c_row + j * s->c_column;
                            NAME(tile)(F, a + offsets[3 * i] + row * s->a_row + k * s->a_column, s->a_row, s->a_column,
                                       s->packed ? from + j * s->k + k * COLUMNS : columns, d, out);
                            for (int f = 0; f < F; f++)
                                for (long t = 0; t < n; t++) {
                                    real *at = to + f * s->c_row + t * s->c_column;
                                    *at = k || s->add ? *at + out[f * COLUMNS + t] : out[f * COLUMNS + t];
                                }
                        }
                    }
                }
        free(columns);
    }
}
