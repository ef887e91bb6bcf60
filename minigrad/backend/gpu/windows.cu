// im2col and col2im. Images are batch-last (C, H, W, N), columns (C·KH·KW, OH·OW·N): neighbors in a warp
// are neighbors in n, so that they read and write neighboring memory.

struct Geometry {
    int channels, height, width, batch;         // of the image, without padding
    int kernel_h, kernel_w, out_h, out_w;
    int stride_h, stride_w, top, left, dilation_h, dilation_w;
};

// A thread for each entry of the columns. The last row is ones: it multiplies the bias.
extern "C" __global__ void im2col(const real *x, real *columns, Geometry s, long long n, int ones) {
    entry i = blockIdx.x * (entry)blockDim.x + threadIdx.x;
    if (i >= n) return;
    entry rest = i / s.batch;
    int sample = i % s.batch;
    int ow = rest % s.out_w; rest /= s.out_w;
    int oh = rest % s.out_h; rest /= s.out_h;
    if (ones && rest == (entry)s.channels * s.kernel_h * s.kernel_w) { columns[i] = 1; return; }
    int kw = rest % s.kernel_w; rest /= s.kernel_w;
    int kh = rest % s.kernel_h, c = rest / s.kernel_h;
    int row = oh * s.stride_h + kh * s.dilation_h - s.top;
    int column = ow * s.stride_w + kw * s.dilation_w - s.left;
    bool inside = 0 <= row && row < s.height && 0 <= column && column < s.width;
    columns[i] = inside ? x[(((entry)c * s.height + row) * s.width + column) * s.batch + sample] : 0;
}

// A thread for each entry of the image gathers what its windows hold of it. (Scattering from the columns
// would need atomic additions, whose order, and so whose rounding, changes from run to run.)
extern "C" __global__ void col2im(const real *columns, real *x, Geometry s, long long n) {
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
            entry k = ((entry)c * s.kernel_h + kh) * s.kernel_w + kw;
            sum += columns[((k * s.out_h + oh) * s.out_w + ow) * s.batch + sample];
        }
    }
    x[i] = sum;
}
