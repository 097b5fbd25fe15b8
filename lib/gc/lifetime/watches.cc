#include "gcmap/internal/gc/lifetime/watches.h"

#include <memory>

#include "gcmap/internal/base/counter.h"

namespace gcmap {

WatchList::~WatchList() {
  while (Watch* const watch = waiting_.pop_front()) {
    specials_.detach(*watch);
    delete watch;
  }
  while (Watch* const watch = ready_.pop_front()) delete watch;
}

void WatchList::add(void* object, uint64_t token) {
  auto watch = std::make_unique<Watch>(*this, token);
  specials_.attach(*watch, object);
  waiting_.push_back(*watch.release());
  ++waiting_count_;
}

void WatchList::fire(Watch& watch) noexcept {
  specials_.detach(watch);
  waiting_.remove(watch);
  take_off(waiting_count_, 1, "watches waiting");
  ready_.push_back(watch);
  ++ready_count_;
}

bool WatchList::take(uint64_t* token) noexcept {
  Watch* const watch = ready_.pop_front();
  if (watch == nullptr) return false;
  take_off(ready_count_, 1, "watches ready");
  *token = watch->token;
  delete watch;
  return true;
}

}  // namespace gcmap
