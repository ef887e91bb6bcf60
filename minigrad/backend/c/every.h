// What is compiled for one type of numbers.
typedef real NAME(vec) __attribute__((vector_size(BYTES), aligned(sizeof(real)), may_alias));
#include "sums.h"
#include "tile.h"
#include "matmul.c"
#include "conv.c"
#include "dense.c"
#include "norm.c"
#include "optim.c"
#include "pointwise.c"
#include "pool.c"
#include "recurrent.c"
#include "softmax.c"
#include "sums.c"
