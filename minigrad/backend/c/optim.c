// The update of a parameter in one pass over memory. The NumPy reference is the optimizer's own ``update``.

void NAME(adam)(real *restrict w, const real *restrict g, real *restrict m, real *restrict v, real *restrict top,
                real keep1, real keep2, real new1, real new2, real size, real small, real shrink, real decay, real sign,
                long n, long threads) {
    // m ← β₁ m + (1 − β₁) d,  v ← β₂ v + (1 − β₂) d²,  θ ← θ · shrink − size · m / (√v + small);  d = ±g + decay · θ.
    THREADS(threads)
    SHARED_SIMD
    for (long i = 0; i < n; i++) {
        real d = sign * g[i] + decay * w[i];
        m[i] = keep1 * m[i] + new1 * d;
        v[i] = keep2 * v[i] + new2 * d * d;
        real largest = v[i];
        if (top) { largest = top[i] > v[i] ? top[i] : v[i]; top[i] = largest; }
        w[i] = w[i] * shrink - size * m[i] / (NAME(root)(largest) + small);
    }
}

void NAME(sgd)(real *restrict w, const real *restrict g, real *restrict v, real lr, real momentum, real gain,
               real decay, real nesterov, real sign, long n, long threads) {
    // v ← momentum · v + gain · d,  θ ← θ − lr · v, or with nesterov − lr · (d + momentum · v);  v may be null.
    THREADS(threads)
    SHARED_SIMD
    for (long i = 0; i < n; i++) {
        real d = sign * g[i] + decay * w[i], step = d;
        if (v) { v[i] = momentum * v[i] + gain * d; step = nesterov != 0 ? d + momentum * v[i] : v[i]; }
        w[i] -= lr * step;
    }
}
