// Sums. Sixteen or more lanes add up at a time, which is also more exact than one after the other.

typedef real NAME(vec32) __attribute__((vector_size(32)));
typedef real NAME(vec16) __attribute__((vector_size(16)));

INLINE real NAME(total)(NAME(vec) x) {
    // The sum of a vector's numbers, half of them added to the other half at a time; as vectors down to 16 bytes,
    // because gcc takes single numbers out of a wide one slowly.
    #if BYTES == 64
    union { NAME(vec) all; NAME(vec32) half[2]; } wide = {x};
    NAME(vec32) y = wide.half[0] + wide.half[1];
    #else
    NAME(vec) y = x;
    #endif
    #if BYTES >= 32
    union { NAME(vec32) all; NAME(vec16) half[2]; } narrow = {y};
    NAME(vec16) z = narrow.half[0] + narrow.half[1];
    #else
    NAME(vec16) z = y;
    #endif
    const int n = 16 / sizeof(real);
    return n == 4 ? (z[0] + z[2 % n]) + (z[1] + z[3 % n]) : z[0] + z[1];
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
