// OpenBLAS's C interface as Swift sees it.
#ifndef TACO_COPENBLAS_SHIM_H
#define TACO_COPENBLAS_SHIM_H

#include <cblas.h>

#endif
