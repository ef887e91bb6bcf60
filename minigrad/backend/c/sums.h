// Sums. Sixteen or more lanes add up at a time, which is also more exact than one after the other.

typedef real NAME(half) __attribute__((vector_size(32)));
typedef real NAME(quarter) __attribute__((vector_size(16)));
INLINE real NAME(total)(NAME(vec) x) {
    // The sum of a vector's numbers, half of them added to the other half at a time.
    NAME(half) h = *(NAME(half) *)&x + *((NAME(half) *)&x + 1);
    NAME(quarter) q = *(NAME(quarter) *)&h + *((NAME(quarter) *)&h + 1);
    real sum = 0;
    EACH(l, 16 / sizeof(real)) sum += q[l];
    return sum;
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
