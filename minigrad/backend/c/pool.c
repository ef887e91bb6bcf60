// Pooling of batch-last images: x (C, H, W, N) and y (C, OH, OW, N). The NumPy reference is backend/pool.py.
// The N samples of a position are neighbors in memory, so that each loop over them is one of vectors.

typedef struct { long c, h, w, n, oh, ow, kh, kw, sh, sw, top, left, dh, dw; } NAME(Window);

// Every window of every channel: that of y[c][r][q], which begins at y + OUTPUT.
#define EACH_WINDOW for (long c = 0; c < s->c; c++) for (long r = 0; r < s->oh; r++) for (long q = 0; q < s->ow; q++)
#define OUTPUT ((c * s->oh + r) * s->ow + q) * s->n
// Every position of a window, the k-th in row i and column j, that is not padding: x + at is where it lies.
#define EACH_ENTRY \
    for (long i = 0, k = 0, at; i < s->kh; i++) \
        for (long j = 0; j < s->kw; j++, k++) \
            if ((at = NAME(place)(s, c, r * s->sh + i * s->dh - s->top, q * s->sw + j * s->dw - s->left)) >= 0)

INLINE long NAME(place)(const NAME(Window) *s, long c, long row, long column) {
    // Where the samples at this row and column begin in x; −1 outside of the image.
    return row < 0 || row >= s->h || column < 0 || column >= s->w ? -1 : ((c * s->h + row) * s->w + column) * s->n;
}

void NAME(max_pool)(const real *x, real *y, uint8_t *winners, const NAME(Window) *s, long threads) {
    // The largest entry of each window, and its position in it. Of equal ones the first; NaN wins, of several the last.
    THREADS(threads)
    SHARED_LOOP(2)
    EACH_WINDOW {
        real *restrict best = y + OUTPUT;
        uint8_t *restrict winner = winners + OUTPUT;
        int first = 1;
        EACH_ENTRY {
            const real *restrict p = x + at;
            uint8_t here = k;
            if (first) { first = 0; EVERY(t, s->n) { best[t] = p[t]; winner[t] = here; } }
            else EVERY(t, s->n) {
                int larger = p[t] > best[t] || p[t] != p[t];
                best[t] = larger ? p[t] : best[t];
                winner[t] = larger ? here : winner[t];
            }
        }
        if (first) {                                        // a window of padding alone: its first entry after the border
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
    EACH_WINDOW {
        const real *restrict up = g + OUTPUT;
        const uint8_t *restrict winner = winners + OUTPUT;
        EACH_ENTRY {
            real *restrict to = x + at;
            uint8_t here = k;
            EVERY(t, s->n) to[t] += winner[t] == here ? up[t] : 0;
        }
    }
}

void NAME(sum_pool)(const real *x, real *y, const NAME(Window) *s, long threads) {
    // The sum of each window.
    THREADS(threads)
    SHARED_LOOP(2)
    EACH_WINDOW {
        real *restrict to = y + OUTPUT;
        EVERY(t, s->n) to[t] = 0;
        EACH_ENTRY {
            const real *restrict p = x + at;
            EVERY(t, s->n) to[t] += p[t];
        }
    }
}

void NAME(sum_pool_spread)(const real *g, real *x, const NAME(Window) *s, long threads) {
    // x, 0 at first, receives at each entry the gradients of all its windows.
    THREADS(threads)
    SHARED_LOOP(1)
    EACH_WINDOW {
        const real *restrict up = g + OUTPUT;
        EACH_ENTRY {
            real *restrict to = x + at;
            EVERY(t, s->n) to[t] += up[t];
        }
    }
}
