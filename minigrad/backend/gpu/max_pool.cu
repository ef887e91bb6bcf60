// Max-pooling of batch-last images (C, H, W, N): a thread for each window, and backward one for each entry.

struct Geometry {
    int channels, height, width, batch;
    int kernel_h, kernel_w, out_h, out_w;
    int stride_h, stride_w, top, left, dilation_h, dilation_w;
};

// values: the largest entry of each window; winners: its position kh · KW + kw, the first of equal ones, the
// last NaN.
extern "C" __global__ void max_pool(const real *x, real *values, int *winners, Geometry s, long long n) {
    entry i = blockIdx.x * (entry)blockDim.x + threadIdx.x;
    if (i >= n) return;
    int sample = i % s.batch;
    entry rest = i / s.batch;
    int ow = rest % s.out_w; rest /= s.out_w;
    int oh = rest % s.out_h, c = rest / s.out_h;
    real best = 0;
    int winner = -1;
    for (int kh = 0; kh < s.kernel_h; kh++) {
        int row = oh * s.stride_h + kh * s.dilation_h - s.top;
        if (row < 0 || row >= s.height) continue;               // padding never wins
        for (int kw = 0; kw < s.kernel_w; kw++) {
            int column = ow * s.stride_w + kw * s.dilation_w - s.left;
            if (column < 0 || column >= s.width) continue;
            real candidate = x[(((entry)c * s.height + row) * s.width + column) * s.batch + sample];
            if (winner < 0 || candidate > best || candidate != candidate) {     // a NaN wins, and stays
                best = candidate; winner = kh * s.kernel_w + kw;
            }
        }
    }
    values[i] = best;
    winners[i] = winner;
}

// Each entry of the image adds up the gradients of the windows that it won.
extern "C" __global__ void max_pool_backward(const real *g, const int *winners, real *x, Geometry s,
                                             long long n) {
    entry i = blockIdx.x * (entry)blockDim.x + threadIdx.x;
    if (i >= n) return;
    int sample = i % s.batch;
    entry rest = i / s.batch;
    int column = rest % s.width; rest /= s.width;
    int row = rest % s.height, c = rest / s.height;
    real sum = 0;
    for (int kh = 0; kh < s.kernel_h; kh++) {
        int down = row + s.top - kh * s.dilation_h, oh = down / s.stride_h;
        if (down < 0 || down % s.stride_h || oh >= s.out_h) continue;
        for (int kw = 0; kw < s.kernel_w; kw++) {
            int right = column + s.left - kw * s.dilation_w, ow = right / s.stride_w;
            if (right < 0 || right % s.stride_w || ow >= s.out_w) continue;
            entry at = (((entry)c * s.out_h + oh) * s.out_w + ow) * s.batch + sample;
            if (winners[at] == kh * s.kernel_w + kw) sum += g[at];
        }
    }
    x[i] = sum;
}
