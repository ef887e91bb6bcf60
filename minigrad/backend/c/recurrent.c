// One step of LSTM and GRU, what follows the matrix products. The NumPy reference is backend/recurrent.py.

void NAME(lstm_step)(real *gates, const real *c, real *c_out, real *h_out, long samples, long hidden, long threads) {
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

void NAME(lstm_step_backward)(real *gates, const real *c, const real *c_out, const real *gh, real *gc,
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

void NAME(gru_step)(real *from_x, real *from_h, const real *h, real *h_out, long samples, long hidden, long threads) {
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

void NAME(gru_step_backward)(real *gates, real *from_h, const real *h, const real *up, real *gh,
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
