// Softmax of rows, and its derivative. The NumPy reference is backend/softmax.py.

void NAME(softmax)(const real *x, real *y, real *top, real *logarithm, long rows, long n, long threads) {
    // y = eˣ⁻ᵐ / Σ eˣ⁻ᵐ, m the row's largest entry. What cross-entropy needs: top = m, logarithm = ln Σ; may be null.
    THREADS(threads)
    SHARED_LOOP(1)
    for (long r = 0; r < rows; r++) {
        const real *restrict row = x + r * n;
        real *restrict to = y + r * n;
        real m = row[0];
        PRAGMA(omp simd reduction(max:m)) for (long i = 0; i < n; i++) m = row[i] > m ? row[i] : m;
        EVERY(i, n) to[i] = NAME(exp)(row[i] - m);
        double total = NAME(sum)(to, n);
        real inverse = 1 / total;
        EVERY(i, n) to[i] *= inverse;
        if (top) { top[r] = m; logarithm[r] = log(total); }
    }
}

void NAME(softmax_backward)(const real *g, const real *y, real *gx, long rows, long n, long threads) {
    // gx = y · (g − Σ g · y)
    THREADS(threads)
    SHARED_LOOP(1)
    for (long r = 0; r < rows; r++) {
        const real *restrict up = g + r * n, *restrict row = y + r * n;
        real *restrict to = gx + r * n, all = NAME(sum_away)(up, 0, row, 0, n);
        EVERY(i, n) to[i] = row[i] * (up[i] - all);
    }
}
