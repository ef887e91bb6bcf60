// What is compiled for one type of numbers.
typedef real NAME(vec) __attribute__((vector_size(64), aligned(sizeof(real)), may_alias));   // 64 bytes of them
#include "sums.h"
#include "conv.c"
#include "norm.c"
#include "optim.c"
#include "pointwise.c"
#include "pool.c"
#include "recurrent.c"
