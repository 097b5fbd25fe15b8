// Manual AddressSanitizer poisoning: what no live object owns faults at the very read (H3).
//
// Empty inline functions unless built with AddressSanitizer. Addresses start on 8 bytes, the
// granule of the shadow; a length need not be a multiple of it when unpoisoning.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define GCMAP_POISONING 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GCMAP_POISONING 1
#endif
#endif

#ifdef GCMAP_POISONING
#include <sanitizer/asan_interface.h>
#endif

namespace gcmap {

// What HeapOptions::clobber_freed fills freed objects with.
inline constexpr unsigned char kClobberByte = 0xdb;

#ifdef GCMAP_POISONING

inline constexpr bool kPoisoning = true;
inline void poison(const void* start, size_t bytes) {
  __asan_poison_memory_region(start, bytes);
}
inline void unpoison(const void* start, size_t bytes) {
  __asan_unpoison_memory_region(start, bytes);
}

// A byte of [start, start + bytes) that is not poisoned, or is, against what `poisoned` says; null when there
// is none. Reads the shadow itself: a verifier looks at every committed byte and cannot afford a call
// for each.
const void* first_not(bool poisoned, const void* start, size_t bytes);

#else

inline constexpr bool kPoisoning = false;
inline void poison(const void*, size_t) {}
inline void unpoison(const void*, size_t) {}
inline const void* first_not(bool, const void*, size_t) {
  return nullptr;
}

#endif

// The leak checker looks for pointers in [start, start + bytes) from now on; remove takes the same range.
void add_leak_root(const void* start, size_t bytes);
void remove_leak_root(const void* start, size_t bytes);

}  // namespace gcmap
