// Convolution of batch-last images, with im2col in small pieces: some 64 neighboring positions of the output
// are packed as K rows of as many numbers, K = C · KH · KW, which stay in the cache; then 4 filters at a time sum them up
// in registers. The NumPy reference is backend/conv.py.
//
// x (C, H, W, N), w (O, C, KH, KW), y (O, OH, OW, N), each of one group. A position is (row, column, sample).

#define POSITIONS 1024                  // of im2col's columns at a time in the gradient of the weights,
#define ROWS 64                         // and of its rows: 256 kB of floats
#define STRIDE (POSITIONS + 16)         // from row to row; a power of two would meet itself in the cache

typedef struct { long c, h, w, n, o, oh, ow, kh, kw, sh, sw, top, left, dh, dw, groups; } NAME(Shape);

static void NAME(row)(real *to, const real *from, long t, long m, long n, long width, long shift, long step) {
    // m numbers of an image's row for the positions t … of the output's row: column = step · (t / n) + shift.
    // Outside of the image they are 0.
    while (m > 0) {
        long q = t / n, column = step * q + shift, run = step == 1 ? m : n - t % n;     // neighbors in memory
        if (step == 1 && column < 0 && -shift * n - t < run) run = -shift * n - t;      // up to the left edge
        if (step == 1 && column >= 0 && column < width && (width - shift) * n - t < run)
            run = (width - shift) * n - t;                                              // up to the right one
        if (run > m) run = m;
        if (from && column >= 0 && column < width) memcpy(to, from + column * n + t % n, run * sizeof(real));
        else memset(to, 0, run * sizeof(real));
        to += run; t += run; m -= run;
    }
}

static void NAME(pack)(real *to, long width, const real *x, const NAME(Shape) *s, long first, long last,
                       long position, long m) {
    // The rows first … last of im2col's columns, for m positions; ``width`` numbers lie between two rows.
    for (long done = 0; done < m;) {
        long line = s->ow * s->n, r = (position + done) / line, t = (position + done) % line;
        long piece = line - t < m - done ? line - t : m - done;
        for (long k = first; k < last; k++) {
            long j = k % s->kw, i = k / s->kw % s->kh, c = k / s->kw / s->kh, down = r * s->sh + i * s->dh - s->top;
            const real *from = down < 0 || down >= s->h ? 0 : x + (c * s->h + down) * s->w * s->n;
            NAME(row)(to + (k - first) * width + done, from, t, piece, s->n, s->w, j * s->dw - s->left, s->sw);
        }
        done += piece;
    }
}

static void NAME(all_filters)(const real *columns, long k, const real *w, const real *b, long o, real *y, long plane,
                              long m, long n, long t, long step) {
    // The sums of all o filters at m positions go to y[o][…], ``step`` · n numbers from column to column.
    real out[HIGH * COLUMNS];
    for (long f = 0; f < o; f += HIGH) {
        int F = o - f < HIGH ? o - f : HIGH;
        NAME(tile)(F, w + f * k, k, 1, columns, k, out);
        if (b) for (int i = 0; i < F; i++) EVERY(t, COLUMNS) out[i * COLUMNS + t] += b[f + i];
        for (int i = 0; i < F; i++) {
            real *to = y + (f + i) * plane;
            if (step == 1) memcpy(to + t, out + i * COLUMNS, m * sizeof(real));
            else for (long done = 0; done < m;) {
                long at = t + done, run = n - at % n < m - done ? n - at % n : m - done;
                memcpy(to + at / n * step * n + at % n, out + i * COLUMNS + done, run * sizeof(real));
                done += run;
            }
        }
    }
}

void NAME(conv_forward)(const real *x, const real *w, const real *b, real *y, const NAME(Shape) *s, long threads) {
    long plane = s->oh * s->ow * s->n, k = s->c * s->kh * s->kw, image = s->c * s->h * s->w * s->n;
    THREADS(threads)
    {
        real *columns = aligned(k * COLUMNS * sizeof(real));
        SHARED_LOOP(2)
        for (long g = 0; g < s->groups; g++)
            for (long p = 0; p < plane; p += COLUMNS) {
                long m = plane - p < COLUMNS ? plane - p : COLUMNS;
                if (m < COLUMNS) memset(columns, 0, k * COLUMNS * sizeof(real));
                NAME(pack)(columns, COLUMNS, x + g * image, s, 0, k, p, m);
                NAME(all_filters)(columns, k, w + g * s->o * k, b ? b + g * s->o : 0, s->o,
                                  y + g * s->o * plane, plane, m, s->n, p, 1);
            }
        free(columns);
    }
}

void NAME(conv_input_grad)(const real *g, const real *w, real *x, const NAME(Shape) *s, long threads) {
    // Position q of a row of x lies in the windows that begin at (q + left − j·dw) / sw, where that is whole. Columns
    // with the same remainder q % sw have the same windows: they are packed together.
    long taps = s->kh * s->kw, plane = s->oh * s->ow * s->n, image = s->h * s->w * s->n;
    THREADS(threads)
    {
        real *columns = aligned(s->o * taps * COLUMNS * sizeof(real));
        real *matrix = malloc(s->c * s->o * taps * sizeof(real));
        long *rows = malloc(2 * taps * sizeof(long)), *shifts = rows + taps;
        SHARED_LOOP(2)
        for (long group = 0; group < s->groups; group++)
            for (long down = 0; down < s->h; down++)
                for (long phase = 0; phase < s->sw && phase < s->w; phase++) {
                    long used = 0;
                    const real *wg = w + group * s->o * s->c * taps;
                    for (long i = 0; i < s->kh; i++)
                        for (long j = 0; j < s->kw; j++) {
                            long r = down + s->top - i * s->dh, q = phase + s->left - j * s->dw;
                            if (r < 0 || r % s->sh || r / s->sh >= s->oh || (q % s->sw + s->sw) % s->sw) continue;
                            rows[used] = r / s->sh; shifts[used] = q / s->sw;
                            for (long c = 0; c < s->c; c++)         // matrix (C, taps used, O)
                                for (long o = 0; o < s->o; o++)
                                    matrix[c * s->o * taps + used * s->o + o] = wg[(o * s->c + c) * taps + i * s->kw + j];
                            used++;
                        }
                    long k = used * s->o, length = (s->w - phase + s->sw - 1) / s->sw * s->n;
                    for (long c = 1; c < s->c; c++)
                        memmove(matrix + c * k, matrix + c * s->o * taps, k * sizeof(real));
                    for (long t = 0; t < length; t += COLUMNS) {
                        long m = length - t < COLUMNS ? length - t : COLUMNS;
                        if (m < COLUMNS) memset(columns, 0, k * COLUMNS * sizeof(real));
                        for (long u = 0; u < used; u++)
                            for (long o = 0; o < s->o; o++)
                                NAME(row)(columns + (u * s->o + o) * COLUMNS,
                                          g + (group * s->o + o) * plane + rows[u] * s->ow * s->n, t, m, s->n, s->ow,
                                          shifts[u], 1);
                        NAME(all_filters)(columns, k, matrix, 0, s->c,
                                          x + group * s->c * image + (down * s->w + phase) * s->n, image, m, s->n, t, s->sw);
                    }
                }
        free(columns); free(matrix); free(rows);
    }
}

INLINE void NAME(dots)(const int F, const int K, const real *g, long plane, const real *columns, long m, double *gw, long k) {
    // gw[f][k] += g[f] · columns[k] over m positions, F × K sums at a time.
    NAME(vec) sum[4][WIDE];
    EACH(f, F) EACH(j, K) sum[f][j] = (NAME(vec)){0};
    long t = 0;
    for (; t + L <= m; t += L) {
        NAME(vec) row[WIDE];
        EACH(j, K) { row[j] = VEC(columns + j * STRIDE + t); KEEP(row[j]); }
        EACH(f, F) {
            NAME(vec) up = VEC(g + f * plane + t); KEEP(up);
            EACH(j, K) sum[f][j] += up * row[j];
        }
    }
    EACH(f, F) EACH(j, K) {
        real total = NAME(total)(sum[f][j]);
        for (long rest = t; rest < m; rest++) total += g[f * plane + rest] * columns[j * STRIDE + rest];
        gw[f * k + j] += total;
    }
}

static void NAME(some_dots)(int F, const real *up, const real *columns, long first, long last, long m, double *gw,
                            long k) {
    // The rows first … last of the columns, WIDE at a time.
    for (long row = first; row < last; row += WIDE) {
        int K = last - row < WIDE ? last - row : WIDE;
        const real *down = columns + (row - first) * STRIDE;
        if (F == 4 && K == WIDE) NAME(dots)(4, WIDE, up, STRIDE, down, m, gw + row, k);
        else for (int f = 0; f < F; f++)
            for (int j = 0; j < K; j++)
                NAME(dots)(1, 1, up + f * STRIDE, STRIDE, down + j * STRIDE, m, gw + f * k + row + j, k);
    }
}

static NAME(Shape) NAME(plane)(const NAME(Shape) *s, long rows, long columns, long i, long j) {
    // The convolution whose results are the entries (i, j) of all windows of rows × columns side by side.
    NAME(Shape) p = *s;
    p.oh /= rows; p.ow /= columns;
    p.top -= i * p.sh; p.left -= j * p.sw;
    p.sh *= rows; p.sw *= columns;
    return p;
}

void NAME(conv_relu_pool)(const real *x, const real *w, const real *b, real *y, uint8_t *winners, const NAME(Shape) *s,
                          long ph, long pw, long threads) {
    // y = the largest of 0 and the entries of each window of ph × pw results of the convolution, which are nowhere
    // else; winners: which entry that is, or 255.
    long k = s->c * s->kh * s->kw, plane = (s->oh / ph) * (s->ow / pw) * s->n;
    THREADS(threads)
    {
        real *columns = aligned(ph * pw * k * COLUMNS * sizeof(real)), out[HIGH * COLUMNS];
        SHARED_LOOP(1)
        for (long p = 0; p < plane; p += COLUMNS) {
            long m = plane - p < COLUMNS ? plane - p : COLUMNS;
            if (m < COLUMNS) memset(columns, 0, ph * pw * k * COLUMNS * sizeof(real));
            for (long q = 0; q < ph * pw; q++) {
                NAME(Shape) entries = NAME(plane)(s, ph, pw, q / pw, q % pw);
                NAME(pack)(columns + q * k * COLUMNS, COLUMNS, x, &entries, 0, k, p, m);
            }
            for (long f = 0; f < s->o; f += HIGH) {
                int F = s->o - f < HIGH ? s->o - f : HIGH;
                real best[HIGH * COLUMNS] = {0};
                uint8_t winner[HIGH * COLUMNS];
                memset(winner, 255, sizeof(winner));
                for (long q = 0; q < ph * pw; q++) {
                    NAME(tile)(F, w + f * k, k, 1, columns + q * k * COLUMNS, k, out);
                    for (int i = 0; i < F; i++) {
                        real bias = b ? b[f + i] : 0;
                        EVERY(t, COLUMNS) {
                            real v = out[i * COLUMNS + t] + bias;
                            int larger = v > best[i * COLUMNS + t] || v != v;
                            best[i * COLUMNS + t] = larger ? v : best[i * COLUMNS + t];
                            winner[i * COLUMNS + t] = larger ? q : winner[i * COLUMNS + t];
                        }
                    }
                }
                for (int i = 0; i < F; i++) {
                    memcpy(y + (f + i) * plane + p, best + i * COLUMNS, m * sizeof(real));
                    memcpy(winners + (f + i) * plane + p, winner + i * COLUMNS, m);
                }
            }
        }
        free(columns);
    }
}

void NAME(conv_weight_grad)(const real *x, const real *g, const uint8_t *winners, double *gw, const NAME(Shape) *s,
                            long ph, long pw, long threads) {
    // gw (O, K), 0 at first. Each thread has some of the K rows of im2col's columns, or of a few rows some filters.
    // Behind a convolution, ReLU and pooling at once, g belongs to the maxima, and goes to the entry of ph × pw that won.
    long plane = (s->oh / ph) * (s->ow / pw) * s->n, k = s->c * s->kh * s->kw, image = s->c * s->h * s->w * s->n;
    long parts = k <= 32 ? threads : 1, width = ((s->o + parts - 1) / parts + 3) / 4 * 4;
    long blocks = parts > 1 ? 1 : (k + ROWS * threads - 1) / (ROWS * threads) * threads;        // the same for each thread
    long step = ((k + blocks - 1) / blocks + 3) / 4 * 4;
    THREADS(threads)
    {
        real *columns = aligned(step * STRIDE * sizeof(real)), *up = aligned(4 * STRIDE * sizeof(real));
        SHARED_LOOP(3)
        for (long group = 0; group < s->groups; group++)
            for (long first = 0; first < k; first += step)
                for (long part = 0; part < parts; part++)
                    for (long p = 0; p < plane; p += POSITIONS) {
                        long last = first + step < k ? first + step : k;
                        long m = plane - p < POSITIONS ? plane - p : POSITIONS;
                        for (long q = 0; q < ph * pw; q++) {
                            NAME(Shape) entries = NAME(plane)(s, ph, pw, q / pw, q % pw);
                            NAME(pack)(columns, STRIDE, x + group * image, &entries, first, last, p, m);
                            for (long o = part * width; o < s->o && o < (part + 1) * width; o += 4) {
                                int F = s->o - o < 4 ? s->o - o : 4;
                                long at = (group * s->o + o) * plane + p;
                                for (int f = 0; f < F; f++, at += plane)
                                    if (!winners) memcpy(up + f * STRIDE, g + at, m * sizeof(real));
                                    else EVERY(t, m) up[f * STRIDE + t] = winners[at + t] == q ? g[at + t] : 0;
                                NAME(some_dots)(F, up, columns, first, last, m, gw + (group * s->o + o) * k, k);
                            }
                        }
                    }
        free(columns); free(up);
    }
}
