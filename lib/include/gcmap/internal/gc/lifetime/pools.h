// Pools: objects waiting to be used again, for a time.
//
// Layout. Two generations, each a stack of pointers in chunks that are objects of the heap, so that letting
// go of one is dropping a root, whatever it holds:
//
//   Generation.newest --root--> | link | object | object | -      | -      |     top objects in it
//                                 |
//                                 +--> | link | object | object | object | object |     full
//
// Rule (G11), as in Go (sync/pool.go, poolCleanup): when a cycle starts, what is in the victim generation is
// dropped, the primary one becomes the victim, and an empty one the primary. Objects are put in the primary;
// they are taken from there, and else from the victim. So an object that two cycles find in the pool dies in
// the second of them, unless something else leads to it, and a program that uses its pool steadily keeps
// it filled.
//
// Invariant (H10): a generation counts what it holds, and a place above its top is null: an object that was
// taken is not held by the pool any more.
//
// Relied on by: Pool (gcmap/pool.h); Collector::start.
#pragma once

#include <cstdint>

#include "gcmap/handles.h"
#include "gcmap/internal/base/intrusive_list.h"
#include "gcmap/internal/base/violation.h"

namespace gcmap {

class ObjectPool : public ListLink<ObjectPool> {
 public:
  explicit ObjectPool(Heap& heap);
  ~ObjectPool();
  ObjectPool(const ObjectPool&) = delete;
  ObjectPool& operator=(const ObjectPool&) = delete;

  // What was put last, of the primary generation before the victim; null when there is nothing. The caller
  // roots it before anything else happens.
  void* get() noexcept;

  // Puts in what is not null. May collect.
  // Returns false if it was dropped instead: no memory.
  bool put(void* object) noexcept;

  void clear() noexcept;

  uint64_t primary_count() const { return primary_.count; }
  uint64_t victim_count() const { return victim_.count; }

 private:
  friend class Pools;
  struct Generation {
    explicit Generation(Heap& heap) : newest(heap) {}
    void** words() const { return static_cast<void**>(newest.get()); }
    void* pop() noexcept;
    void become(const Generation& other) noexcept;
    void drop() noexcept;

    RootHandle newest;   // chunk; null when none was needed
    uint32_t top = 0;    // objects in it; the chunks before it are full
    uint64_t count = 0;  // objects
  };

  void age() noexcept;
  static void verify(const Generation& generation, Violations* violations);

  Heap& heap_;
  Generation primary_;
  Generation victim_;
};

// Those of a heap.
class Pools {
 public:
  explicit Pools(bool bypassed) : bypassed_(bypassed) {}

  void add(ObjectPool& pool) { all_.push_back(pool); }
  void remove(ObjectPool& pool) { all_.remove(pool); }

  // A cycle is about to start.
  // Cost: O(pools).
  void begin_cycle() noexcept {
    all_.for_each([](ObjectPool& pool) { pool.age(); });
  }

  bool bypassed() const { return bypassed_; }

  // H10.
  void verify(Violations* violations) const;

 private:
  IntrusiveList<ObjectPool> all_;
  const bool bypassed_;
};

}  // namespace gcmap
