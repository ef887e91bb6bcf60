// One step of gradient descent, with momentum, for all parameters in one launch; see adam.cu.

struct Pieces {
    real *p[32];
    const real *g[32];
    real *v[32];                    // velocities; null without momentum
    long long size[32];
};

struct Settings {
    double momentum, weight_decay, dampening;
    int nesterov, maximize, first;  // first: the velocity starts as the gradient
};

extern "C" __global__ void sgd(Pieces pieces, Settings s, const double *lr) {
    int piece = blockIdx.y;
    real *p = pieces.p[piece], *v = pieces.v[piece];
    real rate = *lr, decay = s.weight_decay, momentum = s.momentum, share = 1 - s.dampening;
    for (entry i = blockIdx.x * (entry)blockDim.x + threadIdx.x; i < pieces.size[piece];
         i += gridDim.x * (entry)blockDim.x) {
        real d = s.maximize ? -pieces.g[piece][i] : pieces.g[piece][i];
        d += p[i] * decay;
        if (v) {
            v[i] = s.first ? d : momentum * v[i] + share * d;
            d = s.nesterov ? d + momentum * v[i] : v[i];
        }
        p[i] -= rate * d;
    }
}
