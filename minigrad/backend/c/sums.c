// Sums of a matrix's columns: of the gradient of a bias, for one. NumPy's reference is x.sum(axis=0).

void NAME(sum_rows)(const real *x, real *y, long rows, long n, long threads) {
    // y[j] = Σ x[i][j]; each thread has some columns, which are some vectors wide.
    THREADS(threads)
    SHARED_LOOP(1)
    for (long j = 0; j < n; j += COLUMNS) {
        long m = n - j < COLUMNS ? n - j : COLUMNS;
        double total[COLUMNS] = {0};
        for (long i = 0; i < rows; i++)
            if (m == COLUMNS) EVERY(t, COLUMNS) total[t] += x[i * n + j + t];
            else EVERY(t, m) total[t] += x[i * n + j + t];
        for (long t = 0; t < m; t++) y[j + t] = total[t];
    }
}

void NAME(sum_squares)(const real *x, double *y, long n, long threads) {
    (void)threads;
    *y = 0;
    for (long i = 0; i < n; i += 4096) *y += NAME(sum_away)(x + i, 0, x + i, 0, n - i < 4096 ? n - i : 4096);
}
