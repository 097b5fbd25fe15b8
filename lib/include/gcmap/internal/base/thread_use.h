// Which thread is inside a heap's operations: in checked builds two at once are told at once.
//
// An operation claims the heap for its thread when it begins and lets go when it ends; nested ones do
// nothing. So a heap may be handed from one thread to another between operations, and look-ups in maps, which
// several threads may make at once, claim nothing. Best effort, like Go's flag for concurrent map writes:
// relaxed loads and stores, which order nothing and hide no race from ThreadSanitizer.
#pragma once

#include <atomic>

#include "gcmap/internal/base/checked.h"

namespace gcmap {

#if GCMAP_CHECKED

// Of a heap. All zero: no thread is inside.
class ThreadUse {
 public:
  // An operation of the heap.
  class Scope {
   public:
    explicit Scope(ThreadUse& use) : use_(use) {
      const void* const inside = use.inside_.load(std::memory_order_relaxed);
      outermost_ = inside == nullptr;
      GCMAP_CHECK(outermost_ || inside == &me_, kMessage);
      if (outermost_) use.inside_.store(&me_, std::memory_order_relaxed);
    }
    ~Scope() {
      if (!outermost_) return;
      GCMAP_CHECK(use_.inside_.load(std::memory_order_relaxed) == &me_, kMessage);
      use_.inside_.store(nullptr, std::memory_order_relaxed);
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    ThreadUse& use_;
    bool outermost_;
  };

 private:
  static constexpr char kMessage[] =
      "two threads are using one heap at once: a heap is for one thread at a time, and handing it over needs "
      "a lock or a join in between";
  static inline constinit thread_local char me_ = 0;  // its address names the thread

  std::atomic<const void*> inside_ = nullptr;
};

#else

class ThreadUse {
 public:
  struct Scope {
    explicit Scope(ThreadUse&) {}
  };
};

#endif

}  // namespace gcmap
