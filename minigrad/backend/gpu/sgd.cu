// One step of gradient descent, with momentum, for all parameters in one launch; see adam.cu.

struct Pieces {
    real *p[32];
    const real *g[32];
    real *v[32];                    // velocities; null without momentum
    long long size[32];
};

struct Settings {
    double lr, momentum, weight_decay, dampening, nesterov, maximize;
};

// fresh: the velocity starts as the gradient
extern "C" __global__ void sgd(Pieces pieces, const Settings *settings, int fresh) {
    int piece = blockIdx.y;
    const Settings s = *settings;
    real *p = pieces.p[piece], *v = pieces.v[piece];
    real rate = s.lr, decay = s.weight_decay, momentum = s.momentum, share = 1 - s.dampening;
    for (entry i = blockIdx.x * (entry)blockDim.x + threadIdx.x; i < pieces.size[piece];
         i += gridDim.x * (entry)blockDim.x) {
        real d = s.maximize ? -pieces.g[piece][i] : pieces.g[piece][i];
        d += p[i] * decay;
        if (v) {
            v[i] = fresh ? d : momentum * v[i] + share * d;
            d = s.nesterov ? d + momentum * v[i] : v[i];
        }
        p[i] -= rate * d;
    }
}
