// Sums. Sixteen or more lanes add up at a time, which is also more exact than one after the other.

INLINE real NAME(total)(NAME(vec) x) {
    // The sum of a vector's numbers, half of them added to the other half at a time.
    real lane[L];
    EACH(l, L) lane[l] = x[l];
    for (int half = L / 2; half; half /= 2)
        for (int l = 0; l < half; l++) lane[l] += lane[l + half];
    return lane[0];
}

INLINE double NAME(sum)(const real *x, long n) {
    // Σ x[i], four vectors at a time.
    NAME(vec) sum[4] = {{0}};
    double total = 0;
    long i = 0;
    for (; i + 4 * L <= n; i += 4 * L) EACH(k, 4) sum[k] += VEC(x + i + k * L);
    for (; i < n; i++) total += x[i];
    return total + NAME(total)((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

INLINE double NAME(sum_away)(const real *x, real mean, const real *y, real other, long n) {
    // Σ (x[i] − mean) · (y[i] − other)
    NAME(vec) sum[4] = {{0}};
    double total = 0;
    long i = 0;
    for (; i + 4 * L <= n; i += 4 * L)
        EACH(k, 4) sum[k] += (VEC(x + i + k * L) - mean) * (VEC(y + i + k * L) - other);
    for (; i < n; i++) total += (x[i] - mean) * (y[i] - other);
    return total + NAME(total)((sum[0] + sum[1]) + (sum[2] + sum[3]));
}
