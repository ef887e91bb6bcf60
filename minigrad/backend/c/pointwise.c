// Functions of one number, entry by entry, each in one pass over memory.

#define ENTRIES(n) THREADS(threads) SHARED_SIMD for (long i = 0; i < n; i++)

void NAME(sigmoid_all)(const real *x, real *y, long n, long threads) { ENTRIES(n) y[i] = NAME(sigmoid)(x[i]); }

void NAME(tanh_all)(const real *x, real *y, long n, long threads) { ENTRIES(n) y[i] = NAME(tanh)(x[i]); }
void NAME(sigmoid_backward)(const real *y, const real *g, real *gx, long n, long threads) {
    ENTRIES(n) gx[i] = g[i] * (y[i] * (1 - y[i]));
}
void NAME(tanh_backward)(const real *y, const real *g, real *gx, long n, long threads) {
    ENTRIES(n) gx[i] = g[i] * (1 - y[i] * y[i]);
}

void NAME(times)(const real *x, const real *y, real *z, long n, long threads) { ENTRIES(n) z[i] = x[i] * y[i]; }

void NAME(silu)(const real *restrict x, real *restrict y, real *restrict slope, long n, long threads) {
    // y = x · σ(x),  slope = σ + y · (1 − σ)
    ENTRIES(n) {
        real s = NAME(sigmoid)(x[i]);
        y[i] = x[i] * s;
        slope[i] = s + y[i] * (1 - s);
    }
}

void NAME(relu)(const real *x, real *y, long n, long threads) { ENTRIES(n) y[i] = x[i] < 0 ? 0 : x[i]; }
void NAME(relu_backward)(const real *y, const real *g, real *gx, long n, long threads) {
    ENTRIES(n) gx[i] = y[i] != 0 ? g[i] : 0;                // g where y is NaN, too
}

void NAME(leaky_relu)(const real *x, real *y, real slope, long n, long threads) {
    ENTRIES(n) y[i] = x[i] > 0 ? x[i] : x[i] * slope;
}
void NAME(leaky_relu_backward)(const real *x, const real *g, real *gx, real slope, long n, long threads) {
    ENTRIES(n) gx[i] = x[i] > 0 ? g[i] : g[i] * slope;
}

void NAME(where)(const real *x, const uint8_t *condition, real *y, real number, long keep, long n, long rows, long threads) {
    // y = x where the condition, the same for each row of n, is ``keep``, else the number.
    THREADS(threads)
    SHARED_LOOP(1)
    for (long r = 0; r < rows; r++) EVERY(i, n) y[r * n + i] = condition[i] == keep ? x[r * n + i] : number;
}

// GELU by the tanh of a polynomial (backend/gelu.py), in float alone: y = x · Φ(x), slope = Φ(x) + x · φ(x).
#ifndef GELU_ONCE
#define GELU_ONCE
void gelu_float(const float *x, float *y, float *slope, const float *c, float density, float far, long n, long threads) {
    ENTRIES(n) {
        float near = x[i] > far ? far : x[i] < -far ? -far : x[i], z = near * near;
        float u = ((((((c[0] * z + c[1]) * z + c[2]) * z + c[3]) * z + c[4]) * z + c[5]) * z + c[6]) * near;
        float cumulative = 0.5f + 0.5f * tanh_float(u);
        y[i] = (x[i] < -far ? -far : x[i]) * cumulative;
        slope[i] = cumulative + near * density * exp_float(-0.5f * z);
    }
}
#endif
