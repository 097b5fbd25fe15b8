// Watches: who wants to know when an object has died.
//
// A watch is a special of its object and an entry of one WatchList, first among the waiting, then - moved
// there by the sweeper as it frees the object - among the ready. Nothing is allocated when objects die. An
// object with a finalizer has not died before the finalizer has run and nobody kept it.
//
// Relied on by: ReferenceQueue (gcmap/reference_queue.h).
#pragma once

#include <cstdint>

#include "gcmap/internal/base/intrusive_list.h"
#include "gcmap/internal/gc/lifetime/specials.h"

namespace gcmap {

class WatchList;

struct Watch : Special, ListLink<Watch> {
  Watch(WatchList& watcher, uint64_t name) : Special(Kind::kWatch), list(watcher), token(name) {}
  WatchList& list;
  const uint64_t token;
};

class WatchList {
 public:
  explicit WatchList(Specials& specials) : specials_(specials) {}
  ~WatchList();
  WatchList(const WatchList&) = delete;
  WatchList& operator=(const WatchList&) = delete;

  // Requires: the start of a live object.
  // Errors: std::bad_alloc, then nothing changed.
  void add(void* object, uint64_t token);

  // The sweeper frees the object of `watch`.
  void fire(Watch& watch) noexcept;

  // Takes the oldest of the ready.
  // Returns false when there is none.
  bool take(uint64_t* token) noexcept;

  uint64_t waiting_count() const { return waiting_count_; }
  uint64_t ready_count() const { return ready_count_; }

 private:
  Specials& specials_;
  IntrusiveList<Watch> waiting_;
  IntrusiveList<Watch> ready_;
  uint64_t waiting_count_ = 0;
  uint64_t ready_count_ = 0;
};

}  // namespace gcmap
