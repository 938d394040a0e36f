// The vector instructions that a module may use, as the compiler's own macros tell them: the answer depends on the
// -march that the importing module is compiled with. Only what compilers use unasked is named.
#ifndef TACO_CPROCESSOR_SHIM_H
#define TACO_CPROCESSOR_SHIM_H

// The bits, in the order of ProcessorFeature.
static inline unsigned long long compiledProcessorFeatures(void) {
  unsigned long long bits = 0;
#ifdef __SSE3__
  bits |= 1ull << 0;
#endif
#ifdef __SSSE3__
  bits |= 1ull << 1;
#endif
#ifdef __SSE4_1__
  bits |= 1ull << 2;
#endif
#ifdef __SSE4_2__
  bits |= 1ull << 3;
#endif
#ifdef __POPCNT__
  bits |= 1ull << 4;
#endif
#ifdef __SSE4A__
  bits |= 1ull << 5;
#endif
#ifdef __AVX__
  bits |= 1ull << 6;
#endif
#ifdef __F16C__
  bits |= 1ull << 7;
#endif
#ifdef __AVX2__
  bits |= 1ull << 8;
#endif
#ifdef __FMA__
  bits |= 1ull << 9;
#endif
#ifdef __BMI__
  bits |= 1ull << 10;
#endif
#ifdef __BMI2__
  bits |= 1ull << 11;
#endif
#ifdef __LZCNT__
  bits |= 1ull << 12;
#endif
#ifdef __MOVBE__
  bits |= 1ull << 13;
#endif
#ifdef __ADX__
  bits |= 1ull << 14;
#endif
#ifdef __GFNI__
  bits |= 1ull << 15;
#endif
#ifdef __AVX512F__
  bits |= 1ull << 16;
#endif
#ifdef __AVX512CD__
  bits |= 1ull << 17;
#endif
#ifdef __AVX512BW__
  bits |= 1ull << 18;
#endif
#ifdef __AVX512DQ__
  bits |= 1ull << 19;
#endif
#ifdef __AVX512VL__
  bits |= 1ull << 20;
#endif
#ifdef __AVX512IFMA__
  bits |= 1ull << 21;
#endif
#ifdef __AVX512VBMI__
  bits |= 1ull << 22;
#endif
#ifdef __AVX512VBMI2__
  bits |= 1ull << 23;
#endif
#ifdef __AVX512VNNI__
  bits |= 1ull << 24;
#endif
#ifdef __AVX512BITALG__
  bits |= 1ull << 25;
#endif
#ifdef __AVX512VPOPCNTDQ__
  bits |= 1ull << 26;
#endif
#ifdef __AVX512BF16__
  bits |= 1ull << 27;
#endif
#ifdef __AVX512FP16__
  bits |= 1ull << 28;
#endif
#ifdef __AVXVNNI__
  bits |= 1ull << 29;
#endif
  return bits;
}

#endif
