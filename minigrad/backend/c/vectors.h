// The words that the kernels are written in. ``real`` is float or double; NAME(f) is f_float or f_double.

// A vector is as wide as the processor's registers. A tile has HIGH rows of WIDE vectors: as many sums as leave
// registers free for what is multiplied.
#if defined(__AVX512F__)
#define BYTES 64
#define WIDE 4
#define HIGH 6
#elif defined(__AVX__)
#define BYTES 32
#define WIDE 2
#define HIGH 4
#else
#define BYTES 16
#define WIDE 4
#define HIGH 4
#endif
#define COLUMNS (WIDE * L)                              // of a tile

#define INLINE static inline __attribute__((always_inline))
#define L ((long)(BYTES / sizeof(real)))                // numbers in a vector: of 64 bytes 16 floats or 8 doubles
#define VEC(p) (*(NAME(vec) *)(p))                      // the vector that begins at p, anywhere in memory

// A loop that the compiler writes out, so that what it indexes stays in registers.
#define PRAGMA(text) _Pragma(#text)
#ifdef __clang__
#define EACH(k, K) PRAGMA(clang loop unroll(full)) for (int k = 0; k < (int)(K); k++)
#else
#define EACH(k, K) PRAGMA(GCC unroll 16) for (int k = 0; k < (int)(K); k++)
#endif

// Keep x in a register: gcc would rather fetch it from memory once more for each product.
#if defined(__x86_64__) && !defined(__clang__)
#define KEEP(x) __asm__("" : "+v"(x))
#else
#define KEEP(x)
#endif

// The iterations of the next loop are shared among threads; which thread does what never changes a result.
#define THREADS(n) PRAGMA(omp parallel num_threads(n) if ((n) > 1))
#define SHARED_LOOP(depth) PRAGMA(omp for collapse(depth) schedule(static))

// A loop whose iterations do not touch each other's numbers, so that the compiler takes many at once.
#define EVERY(k, n) PRAGMA(omp simd) for (long k = 0; k < (n); k++)
// Both: shared among threads, and many at once.
#define SHARED_SIMD PRAGMA(omp for simd schedule(static))

// Memory for n bytes that begins at a cache line.
static inline void *aligned(size_t n) { return aligned_alloc(64, (n + 63) / 64 * 64); }
