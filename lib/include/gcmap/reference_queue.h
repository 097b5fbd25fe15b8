// A queue that tells which objects have died.
//
//   ReferenceQueue dead(heap);
//   dead.watch(object, 17);
//   ...
//   while (std::optional<uint64_t> token = dead.poll()) forget(*token);
//
// A token comes out when its object's memory is about to be freed: not before its finalizer, if it has one,
// has run and let it go. By then there is nothing to be revived, and nothing of the object but the token.
#pragma once

#include <cstdint>
#include <optional>

#include "gcmap/heap.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/lifetime/lifetimes.h"
#include "gcmap/internal/gc/lifetime/watches.h"

namespace gcmap {

// Must be gone before its heap is. Forgets what it waited for when it goes.
// Cost: O(1) each, but for other specials of the object.
class ReferenceQueue {
 public:
  explicit ReferenceQueue(Heap& heap) : lifetimes_(HeapDoor::lifetimes(heap)), watches_(lifetimes_.specials) {
    lifetimes_.add_dependent();
  }
  ~ReferenceQueue() { lifetimes_.remove_dependent(); }
  ReferenceQueue(const ReferenceQueue&) = delete;
  ReferenceQueue& operator=(const ReferenceQueue&) = delete;

  // poll() will return `token` once after `object` has died. An object may be watched any number of times.
  // Errors: std::invalid_argument unless it is the start of an object of this heap; std::bad_alloc. Then
  // nothing changed.
  void watch(void* object, uint64_t token) {
    lifetimes_.specials.require_object(object, "watch");
    watches_.add(object, token);
  }

  // The token of the object that died first; nothing if none has that was not told. Allocates nothing.
  std::optional<uint64_t> poll() {
    uint64_t token = 0;
    return watches_.take(&token) ? std::optional(token) : std::nullopt;
  }

  uint64_t waiting() const { return watches_.waiting_count(); }  // tokens whose objects live
  uint64_t ready() const { return watches_.ready_count(); }      // tokens to be polled

 private:
  Lifetimes& lifetimes_;
  WatchList watches_;
};

}  // namespace gcmap
