// All kernels, once for float and once for double: gcc takes seconds for one file, minutes for many.

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "vectors.h"
#include "functions.h"

#define real float
#define NAME(f) f##_float
#include "every.h"
#undef real
#undef NAME

#define real double
#define NAME(f) f##_double
#include "every.h"
