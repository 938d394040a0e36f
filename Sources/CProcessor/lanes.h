// What Swift's SIMD types express one element at a time only: loads and stores of the first of sixteen
// floats, shuffles, products of bfloat16.
#ifndef TACO_CPROCESSOR_LANES_H
#define TACO_CPROCESSOR_LANES_H

#ifdef __AVX2__
#include <immintrin.h>
#endif

typedef float SixteenFloats __attribute__((ext_vector_type(16)));

#ifdef __AVX2__
// All bits of the first `count` of eight lanes, which may be less than 0 or more than 8.
static inline __m256i firstLanes(int count) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(count), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
#endif

// The first `count` floats, 0 to 16, and `other` behind them; no byte behind them is read.
static inline SixteenFloats loadFirst(const float *source, int count, float other) {
#ifdef __AVX512F__
  return (SixteenFloats)_mm512_mask_loadu_ps(
      _mm512_set1_ps(other), (__mmask16)((1u << count) - 1), source);
#elif defined(__AVX2__)
  const __m256i low = firstLanes(count), high = firstLanes(count - 8);
  const __m256 rest = _mm256_set1_ps(other);
  const __m256 a = _mm256_blendv_ps(rest, _mm256_maskload_ps(source, low), (__m256)low);
  const __m256 b = _mm256_blendv_ps(rest, _mm256_maskload_ps(source + 8, high), (__m256)high);
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
#else
  SixteenFloats lanes = other;
  for (int lane = 0; lane < count; lane++) lanes[lane] = source[lane];
  return lanes;
#endif
}

// Stores the first `count` lanes, 0 to 16; no byte behind them is written.
static inline void storeFirst(float *target, SixteenFloats lanes, int count) {
#ifdef __AVX512F__
  _mm512_mask_storeu_ps(target, (__mmask16)((1u << count) - 1), (__m512)lanes);
#elif defined(__AVX2__)
  _mm256_maskstore_ps(target, firstLanes(count), __builtin_shufflevector(lanes, lanes, 0, 1, 2, 3, 4, 5, 6, 7));
  _mm256_maskstore_ps(target + 8, firstLanes(count - 8), __builtin_shufflevector(lanes, lanes, 8, 9, 10, 11, 12, 13, 14, 15));
#else
  for (int lane = 0; lane < count; lane++) target[lane] = lanes[lane];
#endif
}

typedef unsigned int SixteenPairs __attribute__((ext_vector_type(16)));

// The sums plus both products of each lane's two bfloat16 numbers; only in kernels for AVX512-BF16.
static inline SixteenFloats addPairProducts(SixteenFloats sums, SixteenPairs a, SixteenPairs b) {
#ifdef __AVX512BF16__
  return (SixteenFloats)_mm512_dpbf16_ps((__m512)sums, (__m512bh)a, (__m512bh)b);
#else
  __builtin_trap();
#endif
}

// The numbers of two rows, rounded to bfloat16, as pairs: `first` in the lower half of each; only in kernels for AVX512-BF16.
static inline SixteenPairs roundToPairs(SixteenFloats first, SixteenFloats second) {
#if defined(__AVX512BF16__) && defined(__AVX512BW__)
  const __m512i order = _mm512_set_epi16(
      31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  return (SixteenPairs)_mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh((__m512)second, (__m512)first));
#else
  __builtin_trap();
#endif
}

// The square root of each lane, rounded as IEEE 754 has it; Swift's own calls the C library lane by lane.
static inline SixteenFloats squareRoots(SixteenFloats lanes) { return __builtin_elementwise_sqrt(lanes); }

static inline void prefetchForWrite(const float *place) { __builtin_prefetch(place, 1, 3); }
static inline void prefetchForRead(const void *place) { __builtin_prefetch(place, 0, 3); }

// Steps of a transposition of two registers, whose lanes are numbered 0 to 15 and 16 to 31: the same lanes of every
// quarter, and whole quarters, 0 to 7.
#define TACO_SHUFFLE(a, b, i, j, k, l) \
  __builtin_shufflevector(a, b, i, j, k, l, i + 4, j + 4, k + 4, l + 4, i + 8, j + 8, k + 8, l + 8, i + 12, j + 12, k + 12, l + 12)
#define TACO_QUARTERS(a, b, i, j, k, l) \
  __builtin_shufflevector(a, b, 4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3, 4 * j, 4 * j + 1, 4 * j + 2, 4 * j + 3, 4 * k, \
                          4 * k + 1, 4 * k + 2, 4 * k + 3, 4 * l, 4 * l + 1, 4 * l + 2, 4 * l + 3)

// Writes 16 rows of 16 floats as columns: target[k * targetStride + i] = source[i * sourceStride + k].
static inline void transposeSixteen(const float *source, long sourceStride, float *target, long targetStride) {
  typedef SixteenFloats Unaligned __attribute__((aligned(4)));
  SixteenFloats a[16], b[16];
  for (int i = 0; i < 16; i++) a[i] = *(const Unaligned *)(source + i * sourceStride);
  for (int i = 0; i < 16; i += 2) {
    b[i] = TACO_SHUFFLE(a[i], a[i + 1], 0, 16, 1, 17);
    b[i + 1] = TACO_SHUFFLE(a[i], a[i + 1], 2, 18, 3, 19);
  }
  for (int i = 0; i < 16; i += 4) {
    a[i] = TACO_SHUFFLE(b[i], b[i + 2], 0, 1, 16, 17);
    a[i + 1] = TACO_SHUFFLE(b[i], b[i + 2], 2, 3, 18, 19);
    a[i + 2] = TACO_SHUFFLE(b[i + 1], b[i + 3], 0, 1, 16, 17);
    a[i + 3] = TACO_SHUFFLE(b[i + 1], b[i + 3], 2, 3, 18, 19);
  }
  for (int i = 0; i < 4; i++) {
    b[i] = TACO_QUARTERS(a[i], a[i + 4], 0, 2, 4, 6);
    b[i + 4] = TACO_QUARTERS(a[i], a[i + 4], 1, 3, 5, 7);
    b[i + 8] = TACO_QUARTERS(a[i + 8], a[i + 12], 0, 2, 4, 6);
    b[i + 12] = TACO_QUARTERS(a[i + 8], a[i + 12], 1, 3, 5, 7);
  }
  for (int i = 0; i < 4; i++) {
    *(Unaligned *)(target + i * targetStride) = TACO_QUARTERS(b[i], b[i + 8], 0, 2, 4, 6);
    *(Unaligned *)(target + (i + 8) * targetStride) = TACO_QUARTERS(b[i], b[i + 8], 1, 3, 5, 7);
    *(Unaligned *)(target + (i + 4) * targetStride) = TACO_QUARTERS(b[i + 4], b[i + 12], 0, 2, 4, 6);
    *(Unaligned *)(target + (i + 12) * targetStride) = TACO_QUARTERS(b[i + 4], b[i + 12], 1, 3, 5, 7);
  }
}

#endif
