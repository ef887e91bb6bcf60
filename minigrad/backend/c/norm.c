// Batch and layer normalization. The NumPy reference is backend/batch_norm.py and backend/layer_norm.py.

void NAME(batch_norm)(const real *x, const real *w, const real *b, real *y, real *mean, real *variance,
                      long channels, long n, real eps, long threads) {
    // y = (x − mean) / s · w + b for each channel, a row of n numbers;  s = √(variance + eps).
    THREADS(threads)
    SHARED_LOOP(1)
    for (long c = 0; c < channels; c++) {
        const real *row = x + c * n;
        real *to = y + c * n, m = NAME(sum)(row, n) / n;
        mean[c] = m;
        variance[c] = NAME(sum_away)(row, m, row, m, n) / n;
        real scale = (w ? w[c] : 1) / sqrt(variance[c] + eps), shift = b ? b[c] : 0;
        for (long i = 0; i < n; i++) to[i] = (row[i] - m) * scale + shift;
    }
}

void NAME(batch_norm_backward)(const real *g, const real *x, const real *w, const real *mean, const real *inverse,
                               real *gx, real *gw, real *gb, long channels, long n, long threads) {
    // gb = Σ g,  gw = Σ g · x̂,  gx = w / s · (g − gb / n − x̂ · gw / n)  for each channel; gx may be null.
    THREADS(threads)
    SHARED_LOOP(1)
    for (long c = 0; c < channels; c++) {
        const real *up = g + c * n, *row = x + c * n;
        real m = mean[c], s = inverse[c];
        gb[c] = NAME(sum)(up, n);
        gw[c] = NAME(sum_away)(up, 0, row, m, n) * s;
        if (!gx) continue;
        real *to = gx + c * n, scale = s * (w ? w[c] : 1), first = gb[c] / n, slope = gw[c] / n * s;
        for (long i = 0; i < n; i++) to[i] = (up[i] - first - (row[i] - m) * slope) * scale;
    }
}

void NAME(layer_norm)(const real *x, const real *w, const real *b, real *y, real *standard, real *deviation,
                      long rows, long n, real eps, long threads) {
    // y = x̂ · w + b for each row of n numbers, with x̂ = (x − mean) / s.
    THREADS(threads)
    SHARED_LOOP(1)
    for (long r = 0; r < rows; r++) {
        const real *row = x + r * n;
        real *to = y + r * n, *hat = standard + r * n, m = NAME(sum)(row, n) / n;
        real s = sqrt(NAME(sum_away)(row, m, row, m, n) / n + eps), inverse = 1 / s;
        deviation[r] = s;
        for (long i = 0; i < n; i++) {
            hat[i] = (row[i] - m) * inverse;
            to[i] = hat[i] * w[i] + b[i];
        }
    }
}

void NAME(layer_norm_backward)(const real *g, const real *w, const real *standard, const real *deviation, real *gx,
                               long rows, long n, long threads) {
    // gx = (h − mean(h) − x̂ · mean(h · x̂)) / s  with h = g · w.
    THREADS(threads)
    SHARED_LOOP(1)
    for (long r = 0; r < rows; r++) {
        const real *up = g + r * n, *hat = standard + r * n;
        real *to = gx + r * n, inverse = 1 / deviation[r];
        for (long i = 0; i < n; i++) to[i] = up[i] * w[i];
        real first = NAME(sum)(to, n) / n, slope = NAME(sum_away)(to, 0, hat, 0, n) / n;
        for (long i = 0; i < n; i++) to[i] = (to[i] - first - hat[i] * slope) * inverse;
    }
}
