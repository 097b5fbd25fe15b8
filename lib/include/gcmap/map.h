// Map<K, V>: Go's hash map on a collected heap.
//
//   gcmap::Heap heap;
//   gcmap::Map<uint64_t, uint64_t> m(heap);
//   m[17] = 4;
//   for (auto [key, value] : m) m.erase(key);   // loops survive every write
//
// Growth is incremental: a write moves two chains at most (four when it ends one growth and begins the next),
// reads move nothing. Keys and values are taken by value, so they may come from the map itself. References,
// pointers and cursors to entries are good until the next write to the map. Loops are registered with the map
// and survive writes: each entry present throughout is met exactly once, with its latest value; erased ones
// not reached yet are not met; added ones may be. Order is unspecified and differs from loop to loop.
//
// A Map is a rooted handle: it must be gone before its heap is. It is used by one thread at a time.
// Errors: std::bad_alloc from whatever allocates; contents and running loops are then as before.
#pragma once

#include <cstdint>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "gcmap/handles.h"
#include "map/access.h"
#include "map/clear.h"
#include "map/hash.h"
#include "map/header.h"
#include "map/inspector.h"
#include "map/iterate.h"

namespace gcmap {

template <std::integral K, std::integral V, typename Hash = DefaultHash<K>, typename Equal = std::equal_to<K>>
class Map {
  using Entries = Access<K, V, Hash, Equal>;

 public:
  using key_type = K;
  using mapped_type = V;
  using size_type = uint64_t;

  // What dereferencing gives. Key and value lie apart, so it is a pair of references.
  struct Entry {
    const K& first;
    V& second;
  };

  // Marks the end of every search and loop.
  struct End {};

  // An entry found, or none. Good until the next write to the map; holds no root.
  class Cursor {
   public:
    Cursor() = default;
    explicit operator bool() const { return slot_.key != nullptr; }
    Entry operator*() const { return {*slot_.key, *slot_.value}; }
    struct Arrow {
      Entry entry;
      const Entry* operator->() const { return &entry; }
    };
    Arrow operator->() const { return {**this}; }
    friend bool operator==(const Cursor& cursor, End) { return cursor.slot_.key == nullptr; }

   private:
    friend class Map;
    explicit Cursor(typename Entries::Slot slot) : slot_(slot) {}
    typename Entries::Slot slot_;
  };

  // A loop over the map: an input iterator that survives writes. Not copyable: it is a root.
  class Loop {
   public:
    using difference_type = std::ptrdiff_t;
    using value_type = Entry;
    Entry operator*() const { return {*static_cast<const K*>(entry_.key), *static_cast<V*>(entry_.value)}; }
    Loop& operator++() {
      entry_ = iterator_.next();
      return *this;
    }
    friend bool operator==(const Loop& loop, End) { return loop.entry_.key == nullptr; }

   private:
    friend class Map;
    Loop(const Map& map, IterationStart start)
        : iterator_(map.root_.heap(), map.root_.get(), Entries::type(), start), entry_(iterator_.next()) {}
    MapIterator iterator_;
    EntryRef entry_;
  };

  // An empty map with room for `hint` entries before it grows.
  explicit Map(Heap& heap, uint64_t hint = 0) requires std::default_initializable<Hash>
      : Map(heap, hint, Hash()) {}
  Map(Heap& heap, uint64_t hint, const Hash& hash)
      : root_(heap, make_map(heap, Entries::type(), hint, heap.random().next(), &hash, sizeof(Hash))) {}
  Map(const Map&) = delete;
  Map& operator=(const Map&) = delete;

  uint64_t size() const { return root_->count; }
  bool empty() const { return size() == 0; }

  Cursor find(const K& key) const { return Cursor(Entries::find(*root_, key)); }
  bool contains(const K& key) const { return Entries::find(*root_, key).key != nullptr; }

  // Errors: std::out_of_range if there is no such key.
  V& at(const K& key) const {
    const auto slot = Entries::find(*root_, key);
    if (slot.key == nullptr) throw std::out_of_range("gcmap::Map::at: no such key");
    return *slot.value;
  }

  // The value of `key`, inserted as V() if absent.
  V& operator[](K key) {
    bool inserted;
    return *Entries::assign(*root_, key, inserted).value;
  }

  // Inserts unless the key is present. The bool tells whether it did.
  std::pair<Cursor, bool> try_emplace(K key, V value) {
    bool inserted;
    const auto slot = Entries::assign(*root_, key, inserted);
    if (inserted) *slot.value = value;
    return {Cursor(slot), inserted};
  }
  std::pair<Cursor, bool> insert(const std::pair<const K, V>& entry) {
    return try_emplace(entry.first, entry.second);
  }

  // Inserts or overwrites; a present key stays as it is stored. The bool tells whether it inserted.
  std::pair<Cursor, bool> insert_or_assign(K key, V value) {
    bool inserted;
    const auto slot = Entries::assign(*root_, key, inserted);
    *slot.value = value;
    return {Cursor(slot), inserted};
  }

  // Returns how many entries went: 0 or 1. An absent key changes no entry.
  size_type erase(K key) { return Entries::erase(*root_, key) ? 1 : 0; }

  // Removes everything and keeps the array. Cost: O(buckets).
  void clear() { clear_map(*root_, Entries::type()); }

  Loop begin() const {
    return iterate({root_.heap().random().next(), root_.heap().random().below(kBucketSlots)});
  }
  End end() const { return {}; }

  // A loop that begins at a given place, for runs that must repeat.
  Loop iterate(IterationStart start) const { return Loop(*this, start); }

  // The iterator underneath, for callers that step by hand.
  MapIterator iterator(IterationStart start) const {
    return MapIterator(root_.heap(), root_.get(), Entries::type(), start);
  }

  // The structure, read-only, and its verifier.
  MapInspector inspect() const { return MapInspector(root_.get(), Entries::type()); }

  Heap& heap() const { return root_.heap(); }

 private:
  Root<MapHeader> root_;
};

}  // namespace gcmap
