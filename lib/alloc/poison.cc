#include "gcmap/internal/alloc/poison.h"

#include <cstdint>
#include <cstring>

#if defined(__has_feature)
#if __has_feature(leak_sanitizer)
#define GCMAP_LEAK_ROOTS 1
#endif
#endif
#if defined(GCMAP_POISONING)
#define GCMAP_LEAK_ROOTS 1
#endif

#ifdef GCMAP_LEAK_ROOTS
#include <sanitizer/lsan_interface.h>
#endif

namespace gcmap {

#ifdef GCMAP_LEAK_ROOTS
void add_leak_root(const void* start, size_t bytes) {
  __lsan_register_root_region(start, bytes);
}
void remove_leak_root(const void* start, size_t bytes) {
  __lsan_unregister_root_region(start, bytes);
}
#else
void add_leak_root(const void*, size_t) {}
void remove_leak_root(const void*, size_t) {}
#endif

#ifdef GCMAP_POISONING

extern "C" void __asan_get_shadow_mapping(size_t* shadow_scale, size_t* shadow_offset);

namespace {

constexpr size_t kGranuleBytes = 8;

// A shadow byte of 0 is addressable, 1..7 in part, 0x80 and above not at all.
constexpr uint64_t kPoisonedBits = 0x8080808080808080u;

const uint8_t* shadow_of(uintptr_t address) {
  static const size_t offset = [] {
    size_t scale_found = 0;
    size_t offset_found = 0;
    __asan_get_shadow_mapping(&scale_found, &offset_found);
    return offset_found;
  }();
  return reinterpret_cast<const uint8_t*>(address / kGranuleBytes + offset);
}

// Are 8 * `count` granules from an aligned shadow address all poisoned, or all addressable? Verifying H3
// reads the shadow of every committed byte: this is most of its time.
__attribute__((no_sanitize("address"), always_inline)) inline bool words_are(bool poisoned,
                                                                             const uint64_t* words,
                                                                             int count) {
  uint64_t all = ~uint64_t{0};
  uint64_t any = 0;
  for (int i = 0; i < count; ++i) {
    all &= words[i];
    any |= words[i];
  }
  return poisoned ? (all & kPoisonedBits) == kPoisonedBits : any == 0;
}

// The shadow has no shadow: reading it must not be instrumented.
__attribute__((no_sanitize("address"), noinline)) size_t granules_that_are(bool poisoned,
                                                                           const uint8_t* shadow,
                                                                           size_t granules) {
  size_t i = 0;
  while (i < granules) {
    const uint8_t* const at = shadow + i;
    const auto* const words = reinterpret_cast<const uint64_t*>(at);
    const bool aligned = reinterpret_cast<uintptr_t>(at) % 8 == 0;
    if (aligned && granules - i >= 64 && words_are(poisoned, words, 8)) {
      i += 64;
      continue;
    }
    if (aligned && granules - i >= 8 && words_are(poisoned, words, 1)) {
      i += 8;
      continue;
    }
    if (poisoned ? *at < 0x80 : *at != 0) return i;
    ++i;
  }
  return i;
}

}  // namespace

const void* first_not(bool poisoned, const void* start, size_t bytes) {
  if (bytes == 0) return nullptr;
  if ((__asan_address_is_poisoned(start) != 0) != poisoned) return start;
  uintptr_t first = reinterpret_cast<uintptr_t>(start);
  const uintptr_t end = first + bytes;
  first = (first + kGranuleBytes - 1) / kGranuleBytes * kGranuleBytes;
  if (first >= end) return nullptr;
  const size_t granules =
      poisoned ? (end - first + kGranuleBytes - 1) / kGranuleBytes : (end - first) / kGranuleBytes;
  const size_t good = granules_that_are(poisoned, shadow_of(first), granules);
  if (good < granules) return reinterpret_cast<const void*>(first + good * kGranuleBytes);
  for (uintptr_t tail = first + good * kGranuleBytes; !poisoned && tail < end; ++tail) {
    if (__asan_address_is_poisoned(reinterpret_cast<const void*>(tail)))
      return reinterpret_cast<const void*>(tail);
  }
  return nullptr;
}

#endif

}  // namespace gcmap
