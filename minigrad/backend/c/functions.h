// eˣ, tanh and σ of one number, written so that the compiler turns a loop over them into vector instructions.
// libm's come one at a time; these are off by 2 units in the last place at most (tests/backend/test_c_kernels.py).
//
// eˣ = 2ⁿ · eʳ with n = round(x / ln 2) and r = x − n · ln 2, so |r| ≤ ½ ln 2, where a Taylor polynomial is short.
// 2ⁿ is made from bits, in two halves: their product may overflow to ∞, or fall below the normal numbers, as it
// should. Subtracting n · ln 2 in two parts keeps the digits of r.

static inline float exp_float(float x) {
    float near = x < 89.0f ? x > -104.0f ? x : -104.0f : 89.0f;         // 89 for NaN
    float n = rintf(near * 1.44269504f), r = (near - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = (((((1.98412698e-4f * r + 1.38888889e-3f) * r + 8.33333333e-3f) * r + 4.16666667e-2f) * r + 1.66666667e-1f) * r + 0.5f) * r * r
              + r + 1;
    int32_t k = (int32_t)n, half = k >> 1;
    union { int32_t i; float f; } a = {(half + 127) << 23}, b = {(k - half + 127) << 23};
    return x == x ? p * a.f * b.f : x;
}

static inline double exp_double(double x) {
    double near = x < 710.0 ? x > -746.0 ? x : -746.0 : 710.0;
    double n = rint(near * 1.4426950408889634), r = (near - n * 0.6931471803691238) - n * 1.9082149292705877e-10;
    double p = 1.6059043836821613e-10;                          // 1 / 13!
    p = p * r + 2.08767569878681e-9;
    p = p * r + 2.505210838544172e-8;
    p = p * r + 2.755731922398589e-7;
    p = p * r + 2.7557319223985893e-6;
    p = p * r + 2.48015873015873e-5;
    p = p * r + 1.984126984126984e-4;
    p = p * r + 1.388888888888889e-3;
    p = p * r + 8.333333333333333e-3;
    p = p * r + 4.1666666666666664e-2;
    p = p * r + 1.6666666666666666e-1;
    p = p * r + 0.5;
    p = p * r * r + r + 1;
    int64_t k = (int64_t)n, half = k >> 1;
    union { int64_t i; double f; } a = {(half + 1023) << 52}, b = {(k - half + 1023) << 52};
    return x == x ? p * a.f * b.f : x;
}

// Near 0, where 1 − 2 / (e²ˣ + 1) would lose its digits, tanh is an odd polynomial, or a quotient of two (Cephes).

static inline float tanh_float(float x) {
    float size = x < 0 ? -x : x, z = x * x, far = 1 - 2 / (exp_float(2 * size) + 1);
    float near = ((((-5.70498872745e-3f * z + 2.06390887954e-2f) * z - 5.37397155531e-2f) * z + 1.33314422036e-1f) * z
                  - 3.33332819422e-1f) * z * x + x;
    return size < 0.625f ? near : x < 0 ? -far : far;
}

static inline double tanh_double(double x) {
    double size = x < 0 ? -x : x, z = x * x, far = 1 - 2 / (exp_double(2 * size) + 1);
    double top = (-9.64399179425052238628e-1 * z - 9.92877231001918586564e1) * z - 1.61468768441708447952e3;
    double bottom = ((z + 1.12811678491632931402e2) * z + 2.23548839060100448583e3) * z + 4.84406305325125486048e3;
    double near = x + x * z * (top / bottom);
    return size < 0.625 ? near : x < 0 ? -far : far;
}

static inline float sigmoid_float(float x) { return 1 / (1 + exp_float(-x)); }
static inline double sigmoid_double(double x) { return 1 / (1 + exp_double(-x)); }

static inline float root_float(float x) { return sqrtf(x); }
static inline double root_double(double x) { return sqrt(x); }
