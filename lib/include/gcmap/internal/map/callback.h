// Callbacks: a map's hash and equality, and == of its values, while they run.
//
// They may read any map and write to others. Writing to their own map would change it under the operation
// that called them, so every write asks whether its map is among those whose callbacks this thread is inside
// of: a list of scopes on the stack, headed by a thread-local pointer. Functions known to call nobody need no
// scope (map/hash.h, kCallsNobody).
//
// Invariant: M16, a write that a callback makes to its own map is refused, and an operation that it
// ends by an exception has not happened.
#pragma once

#include "gcmap/internal/map/layout.h"
#include "gcmap/misuse_error.h"

namespace gcmap {

class CallbackScope {
 public:
  explicit CallbackScope(const MapHeader& map) : map_(&map), outer_(innermost_) { innermost_ = this; }
  ~CallbackScope() { innermost_ = outer_; }
  CallbackScope(const CallbackScope&) = delete;
  CallbackScope& operator=(const CallbackScope&) = delete;

  // Is this thread inside a callback of `map`?
  static bool running(const MapHeader& map) {
    for (const CallbackScope* scope = innermost_; scope != nullptr; scope = scope->outer_) {
      if (scope->map_ == &map) return true;
    }
    return false;
  }

 private:
  static inline constinit thread_local const CallbackScope* innermost_ = nullptr;

  const MapHeader* map_;
  const CallbackScope* outer_;
};

// The scope of functions that call nobody.
struct NotCalledBack {
  explicit NotCalledBack(const MapHeader&) {}
};

}  // namespace gcmap
