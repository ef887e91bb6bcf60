// Softmax and cross-entropy in one kernel each way. A warp, 32 threads, works on one row of logits:
// thread `lane` looks at the classes lane, lane + 32, …, and the warp adds up what its threads found.

__device__ real largest(real value) {           // of the 32 threads; all of them receive it
    for (int far = 16; far > 0; far /= 2) {
        real other = __shfl_xor_sync(0xffffffff, value, far);
        if (other > value || other != other) value = other;     // a NaN wins, and stays
    }
    return value;
}

__device__ real total(real value) {
    for (int far = 16; far > 0; far /= 2) value += __shfl_xor_sync(0xffffffff, value, far);
    return value;
}

// loss = ln Σ eˣ − xₜ, and lse = ln Σ eˣ for the way back; weight is 0 where the label is `ignored`.
// A label that isn't a class makes its loss NaN: nobody on the host looks at the labels.
extern "C" __global__ void cross_entropy(const real *x, const long long *target, real *loss, real *lse,
                                         real *weight, long long rows, int classes, long long ignored) {
    entry row = (blockIdx.x * (entry)blockDim.x + threadIdx.x) / 32;
    int lane = threadIdx.x % 32;
    if (row >= rows) return;
    const real *logits = x + row * classes;
    real top = -1 / (real)0, sum = 0;                           // −∞
    for (int c = lane; c < classes; c += 32) if (!(logits[c] <= top)) top = logits[c];
    top = largest(top);
    for (int c = lane; c < classes; c += 32) sum += exp(logits[c] - top);
    sum = total(sum);
    if (lane > 0) return;
    long long t = target[row];
    bool known = 0 <= t && t < classes;
    lse[row] = top + log(sum);
    weight[row] = t == ignored ? 0 : 1;
    loss[row] = t == ignored ? 0 : known ? lse[row] - logits[t] : 0 / (real)0 * top;
}

// out[0] = Σ loss / Σ weight, out[1] = Σ weight: one block, whose threads meet in shared memory.
extern "C" __global__ void weighted_mean(const real *loss, const real *weight, real *out, long long n) {
    __shared__ real sums[256], weights[256];
    int me = threadIdx.x;
    sums[me] = weights[me] = 0;
    for (entry i = me; i < n; i += 256) { sums[me] += loss[i]; weights[me] += weight[i]; }
    for (int half = 128; half > 0; half /= 2) {
        __syncthreads();
        if (me < half) { sums[me] += sums[me + half]; weights[me] += weights[me + half]; }
    }
    if (me == 0) { out[0] = sums[0] / weights[0]; out[1] = weights[0]; }
}

// ∂L/∂x = g · (p − onehot(t)) / divisor, p = e^(x − lse); a thread for each logit. g is one number
// (step 0) or one for each row (step 1); divisor is Σ weight for a mean, else absent.
extern "C" __global__ void cross_entropy_backward(const real *x, const long long *target, const real *lse,
                                                  const real *g, int step, const real *divisor, real *gx,
                                                  long long n, int classes, long long ignored) {
    entry i = blockIdx.x * (entry)blockDim.x + threadIdx.x;
    if (i >= n) return;
    entry row = i / classes;
    long long t = target[row];
    real p = exp(x[i] - lse[row]), scale = g[row * step] / (divisor ? divisor[0] : 1);
    gx[i] = t == ignored ? 0 : (p - (i % classes == t ? 1 : 0)) * scale;
}
