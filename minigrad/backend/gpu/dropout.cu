// Random numbers without a state: entry i of draw number `count` is a function of (seed, count, i) alone
// (Philox 4x32-10: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). Each thread
// computes its own, and the same mask can be computed again. Seed and count lie in the device's memory, so
// that a step recorded in a graph draws anew each time, and follows when the generator is seeded again.

__device__ unsigned philox(unsigned long long seed, unsigned long long count, unsigned long long i,
                           int word) {
    unsigned k0 = seed, k1 = seed >> 32;
    unsigned c0 = i, c1 = i >> 32, c2 = count, c3 = count >> 32;
    for (int round = 0; round < 10; round++) {
        unsigned high0 = __umulhi(0xD2511F53u, c0), low0 = 0xD2511F53u * c0;
        unsigned high1 = __umulhi(0xCD9E8D57u, c2), low1 = 0xCD9E8D57u * c2;
        c0 = high1 ^ c1 ^ k0; c1 = low1; c2 = high0 ^ c3 ^ k1; c3 = low0;
        k0 += 0x9E3779B9u; k1 += 0xBB67AE85u;
    }
    return word == 0 ? c0 : word == 1 ? c1 : word == 2 ? c2 : c3;
}

// mask = scale where a random number is at or above `limit` = p · 2³², else 0. Four entries share a draw.
extern "C" __global__ void dropout_mask(real *mask, long long n, const unsigned long long *seed,
                                        const unsigned long long *count, unsigned limit, double scale) {
    entry i = blockIdx.x * (entry)blockDim.x + threadIdx.x;
    if (i < n) mask[i] = philox(*seed, *count, i / 4, i % 4) >= limit ? (real)scale : 0;
}
