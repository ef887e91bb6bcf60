// One step of Adam for all parameters of a model in one launch.
//
// The parameters lie anywhere in memory. `Pieces` lists up to 32 of them and travels with the launch, as
// an argument by value; row y of the grid works on piece y. The step count, the learning rate and the other
// settings are read from the device's memory, so that a step recorded once can be replayed with new ones.

struct Pieces {
    real *p[32];                    // parameters
    const real *g[32];              // gradients
    real *m[32], *v[32], *top[32];  // means of g and g², the largest v so far (amsgrad, else null)
    long long size[32];
};

struct Settings {
    double lr, beta1, beta2, eps, weight_decay, decoupled, maximize;
};

// Counts the step, and says what m and v, which start at 0, have to be divided by: 1 − β₁ᵗ and √(1 − β₂ᵗ).
// One thread does it for all: powers in double precision are slow on a consumer's GPU.
extern "C" __global__ void adam_begin(long long *step, double *corrections, const Settings *settings) {
    *step += 1;
    corrections[0] = 1 - pow(settings->beta1, (double)*step);
    corrections[1] = sqrt(1 - pow(settings->beta2, (double)*step));
}

extern "C" __global__ void adam(Pieces pieces, const Settings *settings, const double *corrections) {
    int piece = blockIdx.y;
    entry first = blockIdx.x * (entry)blockDim.x + threadIdx.x;
    if (first >= pieces.size[piece]) return;                        // the grid is for the largest piece
    const Settings s = *settings;
    real *p = pieces.p[piece], *m = pieces.m[piece], *v = pieces.v[piece], *top = pieces.top[piece];
    real beta1 = s.beta1, rest1 = 1 - s.beta1, beta2 = s.beta2, rest2 = 1 - s.beta2;
    real size = s.lr / corrections[0] * corrections[1], eps = s.eps * corrections[1];
    real decay = s.weight_decay, kept = 1 - s.lr * s.weight_decay;
    for (entry i = first; i < pieces.size[piece]; i += gridDim.x * (entry)blockDim.x) {
        real d = s.maximize ? -pieces.g[piece][i] : pieces.g[piece][i];
        if (s.decoupled) p[i] *= kept;
        else d += p[i] * decay;
        m[i] = beta1 * m[i] + rest1 * d;
        v[i] = beta2 * v[i] + rest2 * d * d;
        real spread = v[i];
        if (top) spread = top[i] = top[i] > v[i] ? top[i] : v[i];
        p[i] -= size * m[i] / (sqrt(spread) + eps);                 // p − lr · m̂ / (√v̂ + ε)
    }
}
