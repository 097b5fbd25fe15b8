// A map that does not keep its values alive: entries disappear with them.
//
//   WeakValueMap<uint64_t, Texture> loaded(heap);
//   Local<Texture> t(heap, loaded.find(id));
//   if (!t) loaded.insert_or_assign(id, (t = load(id)).get());   // found as long as somebody uses it
//
// Underneath is a Map from the keys to weak cells, and keys are its keys: handed over in the same way, kept
// alive by their entries. An entry is gone for every member function at the moment when the marking that did
// not find its value ends, as weak references are (gcmap/weak.h). Its memory is freed, and its key let go of,
// when the map is next written to or the program next calls Heap::collect, Heap::safepoint or
// Heap::run_finalizers: gc/lifetime/weak_containers.h says why there. That costs O(buckets), once after
// a collection.
//
// Invariant (M18): no member function shows an entry whose value is dead.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

#include "gcmap/handles.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/lifetime/lifetimes.h"
#include "gcmap/internal/gc/lifetime/weak_containers.h"
#include "gcmap/internal/map/callback.h"
#include "gcmap/internal/map/walk.h"
#include "gcmap/map.h"

namespace gcmap {

// Outside the heap; must be gone before it. Raw pointers in and out: see Root; those handed over are rooted
// for the call.
// Errors of every member that takes a key: what hash and equality throw.
template <typename K, typename V, typename Hash = DefaultHash<K>, typename Equal = DefaultEqual<K>>
class WeakValueMap final : private WeakContainer {
  using Table = Map<K, Member<WeakCell>, Hash, Equal>;
  using KeyCell = Cell<StorableKey<K>>;
  using Entries = Access<StorableKey<K>, Member<WeakCell>, StorableHash<K, Hash>, Equal>;
  using Key = typename KeyCell::Argument;
  static_assert(KeyCell::kReflexive, "an entry under a NaN could not be found to be removed");

 public:
  // Keys are hashed by a copy of `hash`.
  // Errors: std::bad_alloc.
  explicit WeakValueMap(Heap& heap) requires std::default_initializable<Hash> : WeakValueMap(heap, Hash()) {}
  WeakValueMap(Heap& heap, const Hash& hash) : WeakContainer(heap), heap_(heap), table_(heap, 0, hash) {}

  // The value of `key`; null when it has none. While marking it is shaded.
  V* find(Key key) const {
    const typename Table::Cursor entry = table_.find(key);
    return entry ? value_of(entry->second) : nullptr;
  }
  bool contains(Key key) const {
    const typename Table::Cursor entry = table_.find(key);
    return entry && !is_dead(entry->second);
  }

  // Returns whether the key had no value. May collect.
  // Errors: std::invalid_argument unless `value` is the start of an object of this heap; std::bad_alloc,
  // MisuseError; then nothing changed.
  bool insert_or_assign(Key key, V* value) {
    HeapDoor::lifetimes(heap_).specials.require_object(value, "a weak-valued map");
    [[maybe_unused]] const typename KeyCell::Hold hold(MapDoor::header(table_), key);
    const RootHandle held(heap_, const_cast<std::remove_const_t<V>*>(value));
    update();
    WeakCell* const cell = HeapDoor::weak_cell(heap_, held.get());
    const auto [entry, inserted] = table_.try_emplace(key, cell);
    if (inserted) return true;
    const bool was_dead = is_dead(entry->second);
    entry->second = cell;
    return was_dead;
  }

  // Returns whether the key had a value.
  // Errors: std::bad_alloc, MisuseError; then nothing changed.
  bool erase(Key key) {
    [[maybe_unused]] const typename KeyCell::Hold hold(MapDoor::header(table_), key);
    update();
    const typename Table::Cursor entry = table_.find(key);
    if (!entry) return false;
    const bool was_alive = !is_dead(entry->second);
    table_.erase(key);
    return was_alive;
  }

  // O(buckets).
  void clear() { table_.clear(); }

  // Entries whose values live.
  // Cost: O(1) if nothing was marked since the map was last written to or expunged; else O(buckets).
  uint64_t size() const {
    if (up_to_date()) return table_.size();
    uint64_t live = 0;
    walk_entries(*MapDoor::header(table_), Entries::type(), [&](Bucket bucket, uint32_t slot) {
      live += !is_dead(*static_cast<const Member<WeakCell>*>(bucket.value(slot)));
      return true;
    });
    return live;
  }
  bool empty() const { return size() == 0; }

  // Calls visit(key, V&) for every entry, in no order. `visit` may change the map and collect: each entry
  // is met once that is there throughout, those erased or dead before they are reached are not, those added
  // may be.
  // Errors: std::bad_alloc, what hash, equality and `visit` throw.
  template <typename Visit>
  void for_each(Visit&& visit) {
    Local<V> value(heap_);
    for (auto entry = table_.begin(); entry != table_.end(); ++entry) {
      value = value_of(entry->second);
      if (value) visit(entry.key(), *value);
    }
  }

  // Has every entry of a dead value been removed? Members need no asking; who counts memory may.
  using WeakContainer::up_to_date;

  Heap& heap() const { return heap_; }

 private:
  V* value_of(const Member<WeakCell>& cell) const { return static_cast<V*>(HeapDoor::target_of(*cell)); }
  bool is_dead(const Member<WeakCell>& cell) const { return leads_to_dead(heap_, *cell); }

  // Nothing is removed under an operation that waits for its callback. What throws leaves the rest for later.
  bool expunge() noexcept override {
    if (CallbackScope::running(*MapDoor::header(table_))) return false;
    try {
      for (auto entry = MapDoor::iterate(table_, {}); entry != table_.end(); ++entry) {
        if (is_dead(entry->second)) table_.erase(entry.key());
      }
    } catch (...) {
      return false;
    }
    return true;
  }

  Heap& heap_;
  Table table_;
};

}  // namespace gcmap
