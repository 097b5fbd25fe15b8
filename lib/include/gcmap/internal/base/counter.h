// Subtraction for what never falls below zero: counts of what there is, and sums that only grow.
//
// Unsigned numbers wrap, and a heap that has 2^64 pages in use fails far from where one was counted twice.
// Whatever takes away from a counter, or one counter from another, does it here. Not so: what a loop has left
// to do; by how much a sum has risen since the same function read it; what verifiers compare, which report a
// broken counter; and pacing, which saturates (base/saturating.h).
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "gcmap/internal/base/check.h"

namespace gcmap {

// Returns `from` - `amount`. `what` says in the message what is counted.
// Requires: it is not below zero.
template <std::unsigned_integral T>
[[nodiscard]] T checked_sub(T from, std::type_identity_t<T> amount, const char* what) {
  GCMAP_CHECK(amount <= from, "%s: %llu less %llu is below zero: taken off twice, or never added", what,
              static_cast<unsigned long long>(from), static_cast<unsigned long long>(amount));
  return static_cast<T>(from - amount);
}

// Takes `amount` off `counter`.
// Requires: as checked_sub.
template <std::unsigned_integral T>
void take_off(T& counter, std::type_identity_t<T> amount, const char* what) {
  counter = checked_sub(counter, amount, what);
}

}  // namespace gcmap
