// A map from objects to objects whose entries disappear with their keys.
//
//   WeakKeyMap<Node, Annotation> notes(heap);
//   notes.insert_or_assign(node, note);      // keeps the note as long as the node lives, and no longer
//
// The ephemeron rule: the map keeps a value while the key is reachable otherwise than through that value. A
// value that leads to its own key keeps neither; nor do two entries whose values lead to each other's keys.
// Structure and source: gc/lifetime/ephemerons.h.
#pragma once

#include <cstdint>
#include <type_traits>

#include "gcmap/handles.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/lifetime/ephemerons.h"
#include "gcmap/internal/gc/lifetime/lifetimes.h"

namespace gcmap {

// Outside the heap; must be gone before it. Keys are compared by identity. Raw pointers in and out: see Root.
// Key and value of a call must be starts of live objects of the heap. Look-up, insertion and erasure cost
// O(1) but for other specials of the key.
template <typename K, typename V>
class WeakKeyMap {
 public:
  explicit WeakKeyMap(Heap& heap) : heap_(heap), table_(heap) {}

  // The value of `key`; null when it has none. Null has none.
  V* find(const K* key) const { return key != nullptr ? static_cast<V*>(table_.find(key)) : nullptr; }
  bool contains(const K* key) const { return find(key) != nullptr; }

  // Returns whether the entry is new. Allocates nothing in the heap.
  // Errors: std::invalid_argument unless both are starts of objects of this heap; std::bad_alloc. Then
  // nothing changed.
  bool insert_or_assign(K* key, V* value) {
    const Specials& specials = HeapDoor::lifetimes(heap_).specials;
    specials.require_object(key, "a weak-keyed map");
    specials.require_object(value, "a weak-keyed map");
    return table_.set(to_void(key), to_void(value));
  }

  // Returns whether there was an entry.
  bool erase(const K* key) { return key != nullptr && table_.erase(key); }
  void clear() { table_.clear(); }

  // Entries whose keys live.
  // Cost: O(1) unless the heap is sweeping; then O(entries).
  uint64_t size() const { return table_.size(); }
  bool empty() const { return size() == 0; }

  // Calls visit(K&, V&) for every entry, oldest first. `visit` may change the map and collect: it meets
  // entries added meanwhile and does not meet entries removed meanwhile.
  template <typename Visit>
  void for_each(Visit&& visit) {
    EphemeronTable::Loop loop(table_);
    Local<K> key(heap_);
    Local<V> value(heap_);
    while (loop.next()) {
      key = static_cast<K*>(loop.key());
      value = static_cast<V*>(loop.value());
      visit(*key, *value);
    }
  }

 private:
  template <typename T>
  static void* to_void(T* object) {
    return const_cast<std::remove_const_t<T>*>(object);
  }

  Heap& heap_;
  EphemeronTable table_;
};

}  // namespace gcmap
