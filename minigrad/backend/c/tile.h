// The product that convolution and matmul are made of: a few rows times a packed block of columns.

INLINE void NAME(rows)(const int F, const real *a, long row, long step, const real *columns, long k, real *out) {
    // out[f][COLUMNS] = Σ a[f · row + i · step] · columns[i][COLUMNS]: F × WIDE sums that stay in registers.
    NAME(vec) sum[HIGH][WIDE];
    EACH(f, F) EACH(v, WIDE) sum[f][v] = (NAME(vec)){0};
    for (long i = 0; i < k; i++) {
        NAME(vec) b[WIDE];
        EACH(v, WIDE) { b[v] = VEC(columns + i * COLUMNS + v * L); KEEP(b[v]); }
        EACH(f, F) {
            real weight = a[f * row + i * step];
            EACH(v, WIDE) sum[f][v] += weight * b[v];
        }
    }
    EACH(f, F) EACH(v, WIDE) VEC(out + f * COLUMNS + v * L) = sum[f][v];
}

static void NAME(tile)(int F, const real *a, long row, long step, const real *columns, long k, real *out) {
    // The same for a number of rows, up to HIGH, that is known only now.
    #define CASE(n) case n: if (step == 1) NAME(rows)(n, a, row, 1, columns, k, out); \
                            else NAME(rows)(n, a, row, step, columns, k, out); break;
    switch (F) {
        CASE(1) CASE(2) CASE(3) CASE(4)
        #if HIGH == 6
        CASE(5) CASE(6)
        #endif
    }
    #undef CASE
}
