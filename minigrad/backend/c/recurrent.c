// LSTM and GRU over a whole sequence, forward and back. The NumPy reference is backend/recurrent.py.
//
// All products with the weights of the state are with the same matrix, which is packed once for all steps.

static void NAME(lstm_step)(real *gates, const real *c, real *c_out, real *h_out, long samples, long hidden, long threads) {
    // i, f, o = σ(…), g = tanh(…) in place;  c ← f · c + i · g,  h ← o · tanh(c).  gates (N, 4 · hidden).
    THREADS(threads)
    SHARED_LOOP(1)
    for (long s = 0; s < samples; s++) {
        real *restrict i = gates + s * 4 * hidden, *restrict f = i + hidden, *restrict g = f + hidden, *restrict o = g + hidden;
        const real *restrict before = c + s * hidden;
        real *restrict after = c_out + s * hidden, *restrict h = h_out + s * hidden;
        EVERY(k, hidden) {
            i[k] = NAME(sigmoid)(i[k]);
            f[k] = NAME(sigmoid)(f[k]);
            g[k] = NAME(tanh)(g[k]);
            o[k] = NAME(sigmoid)(o[k]);
            after[k] = f[k] * before[k] + i[k] * g[k];
            h[k] = o[k] * NAME(tanh)(after[k]);
        }
    }
}

static void NAME(lstm_step_backward)(real *gates, const real *c, const real *c_out, const real *gh, real *gc,
                              long samples, long hidden, long threads) {
    // From ∂L/∂h and ∂L/∂c of the new state: gates becomes ∂L/∂(their sums), gc the old state's ∂L/∂c.
    THREADS(threads)
    SHARED_LOOP(1)
    for (long s = 0; s < samples; s++) {
        real *restrict i = gates + s * 4 * hidden, *restrict f = i + hidden, *restrict g = f + hidden, *restrict o = g + hidden;
        const real *restrict before = c + s * hidden, *restrict after = c_out + s * hidden, *restrict up = gh + s * hidden;
        real *restrict down = gc + s * hidden;
        EVERY(k, hidden) {
            real t = NAME(tanh)(after[k]), d = down[k] + up[k] * o[k] * (1 - t * t);
            real di = d * g[k] * i[k] * (1 - i[k]), df = d * before[k] * f[k] * (1 - f[k]);
            real dg = d * i[k] * (1 - g[k] * g[k]);
            down[k] = d * f[k];
            o[k] = up[k] * t * o[k] * (1 - o[k]);
            i[k] = di; f[k] = df; g[k] = dg;
        }
    }
}

typedef struct { long steps, samples, hidden, reverse; } NAME(Sequence);

static NAME(Product) NAME(to_gates)(const NAME(Sequence) *s, long gates) {
    // += h @ wᵀ, w (gates · hidden, hidden)
    return (NAME(Product)){s->samples, gates * s->hidden, s->hidden, s->hidden, 1, 1, s->hidden, gates * s->hidden, 1, 1, 1};
}

static NAME(Product) NAME(from_gates)(const NAME(Sequence) *s, long gates) {
    // += (∂L/∂ the sums) @ w
    long sums = gates * s->hidden;
    return (NAME(Product)){s->samples, s->hidden, sums, sums, 1, s->hidden, 1, s->hidden, 1, 1, 1};
}

static void NAME(add_product)(const real *a, const real *packed, real *c, const NAME(Product) *s, long threads) {
    long none[3] = {0};
    NAME(matmul)(a, packed, c, s, none, 1, threads);
}

void NAME(lstm)(real *gates, const real *h, const real *c, const real *w, real *outputs, real *cells,
                const NAME(Sequence) *s, long threads) {
    // gates (T, N, 4 · hidden) holds what comes from the input; outputs and cells (T, N, hidden) are all h and c.
    NAME(Product) product = NAME(to_gates)(s, 4);
    real *packed = NAME(pack_matrix)(w, &product);
    for (long k = 0; k < s->steps; k++) {
        long t = s->reverse ? s->steps - 1 - k : k, at = t * s->samples * s->hidden;
        NAME(add_product)(h, packed, gates + 4 * at, &product, threads);
        NAME(lstm_step)(gates + 4 * at, c, cells + at, outputs + at, s->samples, s->hidden, threads);
        h = outputs + at; c = cells + at;
    }
    free(packed);
}

void NAME(lstm_backward)(real *gates, const real *c, const real *cells, const real *g, const real *w, real *gh, real *gc,
                         const NAME(Sequence) *s, long threads) {
    // gates becomes the gradient of the sums; gh, 0 at first, and gc that of the state before the first step.
    NAME(Product) product = NAME(from_gates)(s, 4);
    long size = s->samples * s->hidden;
    real *packed = NAME(pack_matrix)(w, &product), *up = aligned(size * sizeof(real));
    for (long k = s->steps - 1; k >= 0; k--) {
        long t = s->reverse ? s->steps - 1 - k : k, before = s->reverse ? t + 1 : t - 1;
        EVERY(i, size) { up[i] = g[t * size + i] + gh[i]; gh[i] = 0; }
        NAME(lstm_step_backward)(gates + 4 * t * size, k ? cells + before * size : c, cells + t * size, up, gc,
                                 s->samples, s->hidden, threads);
        NAME(add_product)(gates + 4 * t * size, packed, gh, &product, threads);
    }
    free(packed); free(up);
}

static void NAME(gru_step)(real *from_x, real *from_h, const real *h, real *h_out, long samples, long hidden, long threads) {
    // r, z = σ(…), n = tanh(x_n + r · h_n);  h ← (1 − z) · n + z · h.  r, z, n take the place of from_x (N, 3 · hidden).
    THREADS(threads)
    SHARED_LOOP(1)
    for (long s = 0; s < samples; s++) {
        real *restrict r = from_x + s * 3 * hidden, *restrict z = r + hidden, *restrict n = z + hidden;
        const real *restrict hr = from_h + s * 3 * hidden, *restrict hz = hr + hidden, *restrict hn = hz + hidden;
        const real *restrict before = h + s * hidden;
        real *restrict after = h_out + s * hidden;
        EVERY(k, hidden) {
            r[k] = NAME(sigmoid)(r[k] + hr[k]);
            z[k] = NAME(sigmoid)(z[k] + hz[k]);
            n[k] = NAME(tanh)(n[k] + r[k] * hn[k]);
            after[k] = n[k] + z[k] * (before[k] - n[k]);
        }
    }
}

static void NAME(gru_step_backward)(real *gates, real *from_h, const real *h, const real *up, real *gh,
                             long samples, long hidden, long threads) {
    // gates becomes the gradient of the sums from x, from_h that of those from h, gh = ∂L/∂h by the way of z alone.
    THREADS(threads)
    SHARED_LOOP(1)
    for (long s = 0; s < samples; s++) {
        real *restrict r = gates + s * 3 * hidden, *restrict z = r + hidden, *restrict n = z + hidden;
        real *restrict hr = from_h + s * 3 * hidden, *restrict hz = hr + hidden, *restrict hn = hz + hidden;
        real *restrict down = gh + s * hidden;
        const real *restrict before = h + s * hidden, *restrict g = up + s * hidden;
        EVERY(k, hidden) {
            real dn = g[k] * (1 - z[k]) * (1 - n[k] * n[k]), dz = g[k] * (before[k] - n[k]) * z[k] * (1 - z[k]);
            real dr = dn * hn[k] * r[k] * (1 - r[k]), dh = dn * r[k];
            down[k] = g[k] * z[k];
            r[k] = hr[k] = dr;
            z[k] = hz[k] = dz;
            n[k] = dn;
            hn[k] = dh;
        }
    }
}

void NAME(gru)(real *gates, real *from_h, const real *h, const real *w, real *outputs,
               const NAME(Sequence) *s, long threads) {
    // gates (T, N, 3 · hidden) holds what comes from the input; from_h, of the same shape, the bias, to which h @ wᵀ is added.
    NAME(Product) product = NAME(to_gates)(s, 3);
    real *packed = NAME(pack_matrix)(w, &product);
    for (long k = 0; k < s->steps; k++) {
        long t = s->reverse ? s->steps - 1 - k : k, at = t * s->samples * s->hidden;
        NAME(add_product)(h, packed, from_h + 3 * at, &product, threads);
        NAME(gru_step)(gates + 3 * at, from_h + 3 * at, h, outputs + at, s->samples, s->hidden, threads);
        h = outputs + at;
    }
    free(packed);
}

void NAME(gru_backward)(real *gates, real *from_h, const real *h, const real *outputs, const real *g, const real *w,
                        real *gh, const NAME(Sequence) *s, long threads) {
    // gates and from_h become the gradients of the sums; gh, 0 at first, that of the state before the first step.
    NAME(Product) product = NAME(from_gates)(s, 3);
    long size = s->samples * s->hidden;
    real *packed = NAME(pack_matrix)(w, &product), *up = aligned(size * sizeof(real));
    for (long k = s->steps - 1; k >= 0; k--) {
        long t = s->reverse ? s->steps - 1 - k : k, before = s->reverse ? t + 1 : t - 1;
        EVERY(i, size) up[i] = g[t * size + i] + gh[i];
        NAME(gru_step_backward)(gates + 3 * t * size, from_h + 3 * t * size, k ? outputs + before * size : h, up, gh,
                                s->samples, s->hidden, threads);
        NAME(add_product)(from_h + 3 * t * size, packed, gh, &product, threads);
    }
    free(packed); free(up);
}
