// What searches and loops give: entries, cursors, loops. `Entries` is the map's Access.
#pragma once

#include <cstddef>
#include <cstdint>

#include "gcmap/internal/base/checked.h"
#include "gcmap/internal/map/access.h"
#include "gcmap/internal/map/iterate.h"

namespace gcmap {

// Marks the end of every search and loop.
struct MapEnd {};

// An entry, as dereferencing gives it. Key and value lie apart, so it is a pair of references. Assigning to a
// value that is a Member passes the write barrier.
template <typename K, typename Reference>
struct MapEntry {
  const K& first;
  Reference second;
};

template <typename Entries>
using EntryOf = MapEntry<
    std::remove_cvref_t<decltype(Entries::KeyCell::object(std::declval<typename Entries::StoredKey&>()))>,
    typename Entries::ValueCell::Reference>;

template <typename Entries>
EntryOf<Entries> entry_of(void* key, void* value) {
  return {Entries::KeyCell::object(*static_cast<typename Entries::StoredKey*>(key)),
          Entries::ValueCell::object(*static_cast<typename Entries::StoredValue*>(value))};
}

// What operator-> gives.
template <typename Entry>
struct EntryArrow {
  Entry entry;
  const Entry* operator->() const { return &entry; }
};

// When a cursor was made, on its map's count of writes: checked builds tell a stale one by it.
class CursorAge {
 public:
  CursorAge() = default;
#if GCMAP_CHECKED
  explicit CursorAge(const MapHeader* map) : map_(map), writes_(map != nullptr ? map->writes : 0) {}
  void require_current() const {
    GCMAP_CHECK(
        map_ == nullptr || (HeapRanges::contain(map_) && map_->writes == writes_),
        "this cursor is older than the last write to its map, which may have moved the entry: find it "
        "again, or hold a loop, which survives writes. References and pointers to entries age alike");
  }

 private:
  const MapHeader* map_ = nullptr;
  uint64_t writes_ = 0;
#else
  explicit CursorAge(const MapHeader*) {}
  void require_current() const {}
#endif
};

// An entry found, or none. Good until the next write to the map; holds no root.
template <typename Entries>
class MapCursor {
 public:
  MapCursor() = default;
  MapCursor(typename Entries::Slot slot, const MapHeader* map) : slot_(slot), age_(map) {}

  explicit operator bool() const { return slot_.key != nullptr; }
  EntryOf<Entries> operator*() const { return entry_of<Entries>(slot().key, slot_.value); }
  EntryArrow<EntryOf<Entries>> operator->() const { return {**this}; }
  const typename Entries::Slot& slot() const {
    age_.require_current();
    return slot_;
  }

  friend bool operator==(const MapCursor& a, const MapCursor& b) { return a.slot_.key == b.slot_.key; }
  friend bool operator==(const MapCursor& cursor, MapEnd) { return cursor.slot_.key == nullptr; }

 private:
  typename Entries::Slot slot_;
  [[no_unique_address]] CursorAge age_;
};

// A loop over a map: an input iterator that survives writes, and a root. Dereferencing gives the entry as it
// is at that moment, wherever the map has moved it. Copies go on separately.
// Cost: copying registers some roots.
template <typename Entries>
class MapLoop {
 public:
  using difference_type = std::ptrdiff_t;
  using value_type = EntryOf<Entries>;

  MapLoop() = default;  // at its end
  MapLoop(Heap& heap, MapHeader* map, IterationStart start) : iterator_(heap, map, Entries::type(), start) {
    step();
  }

  // Requires: not at the end, and the entry has not been erased since it was reached.
  value_type operator*() const {
    refresh();
    return entry_of<Entries>(entry_.key, entry_.value);
  }
  EntryArrow<value_type> operator->() const { return {**this}; }

  // Errors: what hash and equality throw; the loop then stays where it is.
  MapLoop& operator++() {
    step();
    return *this;
  }
  void operator++(int) { step(); }
  friend bool operator==(const MapLoop& loop, MapEnd) { return loop.entry_.key == nullptr; }

  // The key of the entry reached, also when that has been erased.
  // Requires: not at the end.
  typename Entries::Key key() const { return key_.get(); }

 private:
  void step() {
    entry_ = iterator_.next();
    if (entry_.key == nullptr) {
      key_ = {};  // at its end a loop holds nothing
      return;
    }
    key_.set(iterator_.heap(), *static_cast<typename Entries::StoredKey*>(entry_.key));
    writes_ = iterator_.map().writes;
    clears_ = iterator_.map().clear_generation;
  }

  // A write may have moved the entry. One whose key equals nothing is not found again: what is left of it
  // is given, unless it was cleared away.
  void refresh() const {
    const MapHeader& map = iterator_.map();
    if (writes_ == map.writes) return;
    const bool findable = Entries::equals_itself(map, key());
    if (!findable && clears_ == map.clear_generation) return;
    const auto slot = findable ? Entries::find(map, key()) : typename Entries::Slot();
    GCMAP_CHECK(slot.key != nullptr, "the entry this loop stands on was erased: ++ first");
    entry_ = {slot.key, slot.value};
    writes_ = map.writes;
  }

  MapIterator iterator_;
  mutable EntryRef entry_;
  mutable uint64_t writes_ = 0;  // of the map when entry_ was looked up
  uint64_t clears_ = 0;          // of the map when entry_ was reached
  typename Entries::KeyCell::Kept key_;
};

}  // namespace gcmap
