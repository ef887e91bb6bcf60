// The bias and the ReLU behind a layer: one pass over memory for two or three.
//
// One thread for each entry. Entries lie in memory so that the channel changes
// every `inner` entries: inner is 1 for a Linear layer's (N, out), and OH·OW·N
// for a convolution's result, batch-last. `entry` counts entries: int, or long
// long for an array that needs it (see kernels.py).

extern "C" __global__ void bias_relu(const real *z, const real *b, real *y,
                                     long long n, long long inner,
                                     int channels) {
    entry i = blockIdx.x * (entry)blockDim.x + threadIdx.x;
    if (i >= n) return;
    real sum = b ? z[i] + b[i / (entry)inner % channels] : z[i];
    y[i] = sum < 0 ? 0 : sum;                   // a NaN stays one
}

extern "C" __global__ void relu_backward(const real *g, const real *y,
                                         real *gx, long long n) {
    entry i = blockIdx.x * (entry)blockDim.x + threadIdx.x;
    if (i < n) gx[i] = y[i] != 0 ? g[i] : 0;    // y is max(0, …) or NaN
}
