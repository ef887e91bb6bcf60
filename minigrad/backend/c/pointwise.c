// Functions of one number, entry by entry, each in one pass over memory.

#define ENTRIES(n) THREADS(threads) SHARED_LOOP(1) for (long i = 0; i < n; i++)

void NAME(sigmoid_all)(const real *x, real *y, long n, long threads) { ENTRIES(n) y[i] = NAME(sigmoid)(x[i]); }
void NAME(tanh_all)(const real *x, real *y, long n, long threads) { ENTRIES(n) y[i] = NAME(tanh)(x[i]); }

void NAME(relu)(const real *x, real *y, long n, long threads) { ENTRIES(n) y[i] = x[i] < 0 ? 0 : x[i]; }
void NAME(relu_backward)(const real *g, const real *y, real *gx, long n, long threads) {
    ENTRIES(n) gx[i] = y[i] != 0 ? g[i] : 0;                // g where y is NaN, too
}
