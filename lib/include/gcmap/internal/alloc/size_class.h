// Size classes: the slot sizes small objects are rounded up to.
//
// Go's 67 classes (runtime/sizeclasses.go) and classes of our own where the gap between two of Go's is too
// wide: rounding wastes at most 12.5 % of a slot or 7 bytes, the tail at most 12.5 % of a span. Class 0
// stands for large objects, which own their span. The map's preallocation asks for Go's rounding.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "gcmap/internal/alloc/heap_range.h"

namespace gcmap {

struct SizeClassRow {
  uint32_t bytes;
  bool go;  // Go has it too
};

inline constexpr SizeClassRow kSizeClassRows[] = {
    {0, false},    {8, true},     {16, true},    {24, true},    {32, true},    {40, false},   {48, true},
    {56, false},   {64, true},    {72, false},   {80, true},    {88, false},   {96, true},    {104, false},
    {112, true},   {128, true},   {144, true},   {160, true},   {176, true},   {192, true},   {208, true},
    {224, true},   {240, true},   {256, true},   {288, true},   {320, true},   {352, true},   {384, true},
    {416, true},   {448, true},   {480, true},   {512, true},   {576, true},   {640, true},   {704, true},
    {768, true},   {832, false},  {896, true},   {1024, true},  {1152, true},  {1280, true},  {1408, true},
    {1536, true},  {1664, false}, {1792, true},  {2048, true},  {2304, true},  {2432, false}, {2688, true},
    {3072, true},  {3200, true},  {3456, true},  {3584, false}, {4096, true},  {4480, false}, {4864, true},
    {5376, true},  {6144, true},  {6528, true},  {6784, true},  {6912, true},  {7424, false}, {8192, true},
    {8704, false}, {9472, true},  {9728, true},  {10240, true}, {10880, true}, {12288, true}, {13568, true},
    {14336, true}, {16384, true}, {18432, true}, {19072, true}, {20480, true}, {21760, true}, {24576, true},
    {27264, true}, {28672, true}, {32768, true},
};

using SizeClass = uint8_t;  // index into kSizeClassRows
inline constexpr size_t kSizeClassCount = std::size(kSizeClassRows);
inline constexpr SizeClass kLargeClass = 0;
inline constexpr size_t kSmallBytesMax = kSizeClassRows[kSizeClassCount - 1].bytes;
inline constexpr size_t kAlignmentMax = 4096;

// What a span of a class looks like.
struct SizeClassInfo {
  uint32_t bytes;
  uint32_t pages;  // the fewest whose tail is at most 12.5 %
  uint32_t slots;
  uint32_t slot_magic;  // offset * slot_magic >> 32 is offset / bytes for every offset in the span
};

namespace size_class_internal {

constexpr std::array<SizeClassInfo, kSizeClassCount> make_info() {
  std::array<SizeClassInfo, kSizeClassCount> info{};
  for (size_t i = 1; i < kSizeClassCount; ++i) {
    const uint32_t bytes = kSizeClassRows[i].bytes;
    uint32_t pages = 1;
    while (pages * kPageBytes % bytes > pages * kPageBytes / 8) ++pages;
    info[i] = {bytes, pages, static_cast<uint32_t>(pages * kPageBytes / bytes), UINT32_MAX / bytes + 1};
  }
  return info;
}

// lookup[k] is the first class, Go's only if asked, that holds first + k * step bytes.
template <size_t kLength>
constexpr std::array<SizeClass, kLength> make_lookup(size_t first, size_t step, bool go_only) {
  std::array<SizeClass, kLength> lookup{};
  size_t c = 1;
  for (size_t k = 0; k < kLength; ++k) {
    while (kSizeClassRows[c].bytes < first + k * step || (go_only && !kSizeClassRows[c].go)) ++c;
    lookup[k] = static_cast<SizeClass>(c);
  }
  return lookup;
}

inline constexpr size_t kFineBytesMax = 1024;  // up to here by steps of 8, above by steps of 128
inline constexpr size_t kFineLength = kFineBytesMax / 8 + 1;
inline constexpr size_t kCoarseLength = (kSmallBytesMax - kFineBytesMax) / 128 + 1;
inline constexpr auto kFine = make_lookup<kFineLength>(0, 8, false);
inline constexpr auto kCoarse = make_lookup<kCoarseLength>(kFineBytesMax, 128, false);
inline constexpr auto kGoFine = make_lookup<kFineLength>(0, 8, true);
inline constexpr auto kGoCoarse = make_lookup<kCoarseLength>(kFineBytesMax, 128, true);

}  // namespace size_class_internal

inline constexpr auto kSizeClasses = size_class_internal::make_info();

// The class of a request. Zero bytes are served by the smallest class.
// Requires: bytes <= kSmallBytesMax.
constexpr SizeClass class_of(size_t bytes) {
  using namespace size_class_internal;
  if (bytes <= kFineBytesMax) return kFine[(bytes + 7) / 8];
  return kCoarse[(bytes - kFineBytesMax + 127) / 128];
}

// As class_of, for slots whose addresses are multiples of `alignment`, a power of two up to kAlignmentMax.
constexpr SizeClass class_of(size_t bytes, size_t alignment) {
  SizeClass c = class_of(bytes);
  while ((kSizeClassRows[c].bytes & (alignment - 1)) != 0) ++c;
  return c;
}

// What Go's allocator would hand out for `bytes`: its own classes, above them whole pages.
constexpr size_t go_round_up_size(size_t bytes) {
  using namespace size_class_internal;
  if (bytes <= kFineBytesMax) return kSizeClassRows[kGoFine[(bytes + 7) / 8]].bytes;
  if (bytes <= kSmallBytesMax) return kSizeClassRows[kGoCoarse[(bytes - kFineBytesMax + 127) / 128]].bytes;
  if (bytes > SIZE_MAX - kPageBytes) return bytes;
  return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
}

// A size class and whether its objects hold pointers: what a span is made for.
using SpanClass = uint8_t;
inline constexpr size_t kSpanClassCount = 2 * kSizeClassCount;
static_assert(kSpanClassCount <= 256, "SpanClass is one byte");

constexpr SpanClass span_class_of(SizeClass size_class, bool noscan) {
  return static_cast<SpanClass>(2 * size_class + (noscan ? 1 : 0));
}
constexpr SizeClass size_class_of(SpanClass span_class) {
  return span_class / 2;
}
constexpr bool is_noscan(SpanClass span_class) {
  return span_class % 2 == 1;
}

namespace size_class_internal {

constexpr bool table_is_sound() {
  size_t go_classes = 0;
  for (size_t i = 1; i < kSizeClassCount; ++i) {
    const size_t bytes = kSizeClassRows[i].bytes;
    const size_t step = bytes <= kFineBytesMax ? 8 : 128;
    if (bytes <= kSizeClassRows[i - 1].bytes || bytes % step != 0) return false;
    const size_t waste = bytes - (kSizeClassRows[i - 1].bytes + 1);
    if (waste > bytes / 8 && waste >= 8) return false;
    const size_t span_bytes = kSizeClasses[i].pages * kPageBytes;
    if (span_bytes - kSizeClasses[i].slots * bytes > span_bytes / 8) return false;
    if (kSizeClassRows[i].go) ++go_classes;
  }
  return go_classes == 67 && kSmallBytesMax % kAlignmentMax == 0;
}
static_assert(table_is_sound(), "rounding waste, tail waste, order, lookup step or number of Go's classes");

}  // namespace size_class_internal

}  // namespace gcmap
