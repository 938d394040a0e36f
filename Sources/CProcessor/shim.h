// What the processor at hand can do, asked when the program runs, and a pause for loops that wait.
#ifndef TACO_CPROCESSOR_SHIM_H
#define TACO_CPROCESSOR_SHIM_H

#if defined(__x86_64__)
#include <cpuid.h>

// The registers that the system saves at a change of threads: bits of XCR0.
static inline unsigned long long savedRegisters(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return 0;
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (unsigned long long)high << 32 | low;
}

// Whether the kernels for x86-64-v3 can run: AVX2, FMA, BMI1, BMI2, F16C, LZCNT, MOVBE.
static inline _Bool processorHasAVX2(void) {
  unsigned a, b, c, d;
  if ((savedRegisters() & 6) != 6 || !__get_cpuid(1, &a, &b, &c, &d)) return 0;
  const unsigned first = bit_FMA | bit_MOVBE | bit_AVX | bit_F16C;
  if ((c & first) != first || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  const unsigned second = bit_AVX2 | bit_BMI | bit_BMI2;
  if ((b & second) != second || !__get_cpuid(0x80000001, &a, &b, &c, &d)) return 0;
  return (c & bit_ABM) != 0;
}

// Whether the kernels for x86-64-v4 can run: AVX-512 F, BW, CD, DQ and VL.
static inline _Bool processorHasAVX512(void) {
  unsigned a, b, c, d;
  if (!processorHasAVX2() || (savedRegisters() & 0xe6) != 0xe6) return 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
  const unsigned needs = bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL;
  return (b & needs) == needs;
}

// Whether AVX-512 multiplies pairs of bfloat16.
static inline _Bool processorHasAVX512BF16(void) {
  unsigned a, b, c, d;
  if (!processorHasAVX512() || !__get_cpuid_count(7, 1, &a, &b, &c, &d)) return 0;
  return (a & bit_AVX512BF16) != 0;
}

static inline void pauseBriefly(void) { __builtin_ia32_pause(); }
#else
// On other architectures the kernels are compiled once, for whatever the compiler assumes.
static inline _Bool processorHasAVX2(void) { return 1; }
static inline _Bool processorHasAVX512(void) { return 0; }
static inline _Bool processorHasAVX512BF16(void) { return 0; }
static inline void pauseBriefly(void) {}
#endif

// The vector instructions that the importing module may use, by the -march that it is compiled with: bits in the order
// of ProcessorFeature. Only what compilers use unasked is named.
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
