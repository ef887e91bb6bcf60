// CUDA's words on a CPU, just enough to run the kernels beside this file one thread after another.
//
// A kernel without __syncthreads and shuffles is a plain function, called for each thread in a loop.
// With them, the threads of a block have to wait for each other: each gets a stack of its own, and at
// a meeting point the next one goes on (threads in turns, "fibers"). A fiber starts by setcontext; from
// then on _setjmp and _longjmp switch, which do not ask the operating system and are ten times as fast.
#include <cmath>
#include <csetjmp>
#include <cstdint>
#include <cstring>
#include <ucontext.h>

using std::exp; using std::log; using std::sqrt; using std::pow; using std::fabs; using std::isnan;

struct dim3 { unsigned x, y, z; };
static dim3 threadIdx, blockIdx, blockDim, gridDim;

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __shared__ static               // one block runs at a time
#define __restrict__
#define __launch_bounds__(n)

static const int STACK = 1 << 16, MOST = 1024;
static ucontext_t fibers[MOST], unused;
static jmp_buf stopped[MOST], scheduler;  // where each fiber stopped, and who goes on then
static char stacks[MOST][STACK];
static bool started[MOST], finished[MOST];
static unsigned current, count;
static double exchanged[MOST];          // what each thread of the block gives to a shuffle

static unsigned linear() { return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z); }
static void meet() { if (!_setjmp(stopped[current])) _longjmp(scheduler, 1); }
static void __syncthreads() { meet(); }
static void __syncwarp(unsigned = 0xffffffff) { meet(); }

template <typename T> static T __shfl_xor_sync(unsigned, T value, int mask) {
    exchanged[linear()] = value;
    meet();                                            // until all have written
    T other = (T)exchanged[linear() ^ mask];
    meet();                                            // until all have read
    return other;
}

static unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)(((uint64_t)a * b) >> 32); }
template <typename T> static T min(T a, T b) { return a < b ? a : b; }
template <typename T> static T max(T a, T b) { return a > b ? a : b; }

static void place(unsigned i) {
    threadIdx = {i % blockDim.x, i / blockDim.x % blockDim.y, i / blockDim.x / blockDim.y};
}

template <typename Body> static Body *body_of_block;
template <typename Body> static void fiber() {
    for (;;) {                                          // once for each block
        (*body_of_block<Body>)();
        finished[current] = true;
        meet();
    }
}

template <typename Body> static void go_on() {                // the current fiber, up to its next meeting point
    if (_setjmp(scheduler)) return;                     // back from the fiber
    if (started[current]) _longjmp(stopped[current], 1);
    started[current] = true;
    getcontext(&fibers[current]);
    fibers[current].uc_stack.ss_sp = stacks[current];
    fibers[current].uc_stack.ss_size = STACK;
    fibers[current].uc_link = &unused;
    makecontext(&fibers[current], fiber<Body>, 0);
    setcontext(&fibers[current]);
}

template <typename Body> static void run_block(Body &body, bool in_turns) {
    if (!in_turns) {
        for (unsigned z = 0; z < blockDim.z; z++)
            for (unsigned y = 0; y < blockDim.y; y++)
                for (unsigned x = 0; x < blockDim.x; x++) {
                    threadIdx = {x, y, z};
                    body();
                }
        return;
    }
    body_of_block<Body> = &body;
    for (unsigned i = 0; i < count; i++) finished[i] = false;
    for (unsigned left = count; left > 0;)
        for (current = 0; current < count; current++) {
            if (finished[current]) continue;
            place(current);
            go_on<Body>();
            left -= finished[current];
        }
}

template <typename Body> static void run(const unsigned *sizes, Body body, bool in_turns) {
    gridDim = {sizes[0], sizes[1], sizes[2]};
    blockDim = {sizes[3], sizes[4], sizes[5]};
    count = blockDim.x * blockDim.y * blockDim.z;
    for (unsigned i = 0; i < MOST; i++) started[i] = false;
    for (unsigned z = 0; z < gridDim.z; z++)
        for (unsigned y = 0; y < gridDim.y; y++)
            for (unsigned x = 0; x < gridDim.x; x++) {
                blockIdx = {x, y, z};
                run_block(body, in_turns);
            }
}
