// Pooling of batch-last images: x (C, H, W, N) and y (C, OH, OW, N). The NumPy reference is backend/pool.py.
// The N samples of a position are neighbors in memory, so that each loop over them is one of vectors.

typedef struct { long c, h, w, n, oh, ow, kh, kw, sh, sw, top, left, dh, dw; } NAME(Window);

void NAME(max_pool)(const real *x, real *y, uint8_t *winners, const NAME(Window) *s, long threads) {
    // The largest entry of each window, and its position in it. Of equal ones the first; NaN wins, of several the last.
    THREADS(threads)
    SHARED_LOOP(2)
    for (long c = 0; c < s->c; c++)
        for (long r = 0; r < s->oh; r++)
            for (long q = 0; q < s->ow; q++) {
                long at = ((c * s->oh + r) * s->ow + q) * s->n;
                real *restrict best = y + at;
                uint8_t *restrict winner = winners + at;
                int first = 1;
                for (long i = 0; i < s->kh; i++)
                    for (long j = 0; j < s->kw; j++) {
                        long row = r * s->sh + i * s->dh - s->top, column = q * s->sw + j * s->dw - s->left;
                        if (row < 0 || row >= s->h || column < 0 || column >= s->w) continue;
                        const real *restrict p = x + ((c * s->h + row) * s->w + column) * s->n;
                        uint8_t k = i * s->kw + j;
                        if (first) { first = 0; EVERY(t, s->n) { best[t] = p[t]; winner[t] = k; } }
                        else EVERY(t, s->n) {
                            int larger = p[t] > best[t] || p[t] != p[t];
                            best[t] = larger ? p[t] : best[t];
                            winner[t] = larger ? k : winner[t];
                        }
                    }
                if (first) {                                // a window of padding alone: its first entry after the border
                    long i = s->top > r * s->sh ? (s->top - r * s->sh + s->dh - 1) / s->dh : 0;
                    long j = s->left > q * s->sw ? (s->left - q * s->sw + s->dw - 1) / s->dw : 0;
                    EVERY(t, s->n) { best[t] = -INFINITY; winner[t] = i * s->kw + j; }
                }
            }
}

void NAME(max_pool_scatter)(const real *g, const uint8_t *winners, real *x, const NAME(Window) *s, long threads) {
    // x, 0 at first, receives each gradient where its window's maximum was.
    THREADS(threads)
    SHARED_LOOP(1)
    for (long c = 0; c < s->c; c++)
        for (long r = 0; r < s->oh; r++)
            for (long q = 0; q < s->ow; q++) {
                long at = ((c * s->oh + r) * s->ow + q) * s->n;
                const real *restrict up = g + at;
                const uint8_t *restrict winner = winners + at;
                for (long i = 0; i < s->kh; i++)
                    for (long j = 0; j < s->kw; j++) {
                        long row = r * s->sh + i * s->dh - s->top, column = q * s->sw + j * s->dw - s->left;
                        if (row < 0 || row >= s->h || column < 0 || column >= s->w) continue;
                        real *restrict to = x + ((c * s->h + row) * s->w + column) * s->n;
                        uint8_t k = i * s->kw + j;
                        EVERY(t, s->n) to[t] += winner[t] == k ? up[t] : 0;
                    }
            }
}

void NAME(sum_pool)(const real *x, real *y, const NAME(Window) *s, long threads) {
    // The sum of each window.
    THREADS(threads)
    SHARED_LOOP(2)
    for (long c = 0; c < s->c; c++)
        for (long r = 0; r < s->oh; r++)
            for (long q = 0; q < s->ow; q++) {
                real *restrict to = y + ((c * s->oh + r) * s->ow + q) * s->n;
                EVERY(t, s->n) to[t] = 0;
                for (long i = 0; i < s->kh; i++)
                    for (long j = 0; j < s->kw; j++) {
                        long row = r * s->sh + i * s->dh - s->top, column = q * s->sw + j * s->dw - s->left;
                        if (row < 0 || row >= s->h || column < 0 || column >= s->w) continue;
                        const real *restrict p = x + ((c * s->h + row) * s->w + column) * s->n;
                        EVERY(t, s->n) to[t] += p[t];
                    }
            }
}

void NAME(sum_pool_spread)(const real *g, real *x, const NAME(Window) *s, long threads) {
    // x, 0 at first, receives at each entry the gradients of all its windows.
    THREADS(threads)
    SHARED_LOOP(1)
    for (long c = 0; c < s->c; c++)
        for (long r = 0; r < s->oh; r++)
            for (long q = 0; q < s->ow; q++) {
                const real *restrict up = g + ((c * s->oh + r) * s->ow + q) * s->n;
                for (long i = 0; i < s->kh; i++)
                    for (long j = 0; j < s->kw; j++) {
                        long row = r * s->sh + i * s->dh - s->top, column = q * s->sw + j * s->dw - s->left;
                        if (row < 0 || row >= s->h || column < 0 || column >= s->w) continue;
                        real *restrict to = x + ((c * s->h + row) * s->w + column) * s->n;
                        EVERY(t, s->n) to[t] += up[t];
                    }
            }
}
