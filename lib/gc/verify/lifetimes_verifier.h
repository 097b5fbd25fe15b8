// H8 and G5: what hangs on objects hangs on live ones, once, and the lists of the collector agree with it.
//
// Verified: every special of every span; that each finalizer and weak cell is in its list; that a weak cell
// with a target is a live object, and the target the one it belongs to. Not verified: lists of dependents
// (watches, ephemerons), which only their owners know.
#pragma once

#include "gcmap/internal/base/violation.h"

namespace gcmap {

class Lifetimes;
class ObjectSpace;

// Appends what it finds; changes nothing.
// Cost: O(spans + specials).
void verify_lifetimes(const ObjectSpace& space, const Lifetimes& lifetimes, Violations* violations);

}  // namespace gcmap
