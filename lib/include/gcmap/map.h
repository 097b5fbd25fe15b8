// Map<K, V>: Go's hash map on a collected heap.
//
//   gcmap::Heap heap;
//   gcmap::Map<uint64_t, uint64_t> m(heap);
//   m[17] = 4;
//   for (auto [key, value] : m) m.erase(key);   // loops survive every write
//
// Keys are trivially copyable types - numbers, enums, structs -, strings and references to collected objects,
// Member<T>. Values are the same, empty classes (a set: they take no room) and references to maps. What is
// larger than 128 bytes lies outside the bucket. A type of your own needs std::hash and ==, or a Hash and
// an Equal:
//
//   gcmap::Map<gcmap::String, double> prices(heap);
//   prices["pear"] = 0.4;                                  // strings are handed over as std::string_view
//   double d = prices.at("pear");
//
// +0.0 and -0.0 are one key, of which insert_or_assign leaves the later; a NaN is a new key each time.
//
// A reference is handed over as T*, a map as the map, and what a map holds it keeps alive:
//
//   using Names = gcmap::Map<uint64_t, gcmap::Member<Node>>;
//   struct Group { gcmap::Member<Names> names; void trace(gcmap::Visitor& v) const { v.trace(names); } };
//
//   Names names(heap);
//   names.insert_or_assign(17, gcmap::make<Node>(heap));   // stored through the write barrier
//   names.at(17)->count = 1;                               // Member<Node>&
//   for (auto [number, node] : names) node = nullptr;      // so is this
//   gcmap::Local<Group> group(heap, gcmap::make<Group>(heap));
//   group->names = names;                                  // the map lives as long as its group does
//   group->names.get().erase(17);                          // get(): one more handle on the same map
//
// Objects used as keys are the same key if they are the same object; a Hash and an Equal of one's own get T*
// and may look into it. Pointers handed to the map are rooted by it for the call. In `m[key] = node` the call
// is m[key], which may collect: there, node must be rooted.
//
// Growth is incremental: a write moves two chains at most (four when it ends one growth and begins the next),
// reads move nothing. An array gets smaller only if asked to: set_shrinking, shrink_to_fit.
//
// References, pointers and cursors to entries are good until the next write to the map; keys and values
// handed over may come from the map itself, but not by `m[a] = m.at(b)`, where the reference is older than
// the write. Loops are registered with the map and survive writes: each entry present throughout is met
// exactly once; erased ones not reached yet are not met; added ones may be. Dereferencing gives the entry as
// it is then. Order is unspecified and differs from loop to loop.
//
// A Map is a rooted handle: it must be gone before its heap is. Handles are moved, which leaves nil; share()
// makes one more on the same map, clone() a map of its own. A map lives as long as a handle or an object of
// the heap does that leads to it. Map() is nil: it reads as an empty map, and inserting throws MisuseError.
//
// Several threads may look up in one map at once; all else is for one thread at a time. docs/MAP.md compares
// every member with std::unordered_map and Go.
// Errors: std::bad_alloc from whatever allocates; contents and running loops are then as before.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <ranges>
#include <stdexcept>
#include <utility>

#include "gcmap/handles.h"
#include "gcmap/internal/base/check.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/map/access.h"
#include "gcmap/internal/map/callback.h"
#include "gcmap/internal/map/cell.h"
#include "gcmap/internal/map/clear.h"
#include "gcmap/internal/map/clone.h"
#include "gcmap/internal/map/hash.h"
#include "gcmap/internal/map/header.h"
#include "gcmap/internal/map/iterate.h"
#include "gcmap/internal/map/loop.h"
#include "gcmap/internal/map/map_door.h"
#include "gcmap/internal/map/resize.h"
#include "gcmap/internal/map/walk.h"
#include "gcmap/misuse_error.h"

namespace gcmap {

// Hash and equality that take more than keys, in the manner of std: both say so by is_transparent.
template <typename Hash, typename Equal>
concept TransparentLookup = requires {
  typename Hash::is_transparent;
  typename Equal::is_transparent;
};

template <typename K, typename V, typename Hash = DefaultHash<K>, typename Equal = DefaultEqual<K>>
class Map {
  static_assert(sizeof(RequireStorableAsKey<K>) != 0 && sizeof(RequireStorable<V>) != 0);
  using Entries = Access<StorableKey<K>, StorableValue<V>, StorableHash<K, Hash>, Equal>;
  using KeyCell = typename Entries::KeyCell;
  using ValueCell = typename Entries::ValueCell;
  // How keys and values are handed over: map/cell.h has the table.
  using Key = typename KeyCell::Argument;
  using Value = typename ValueCell::Argument;
  using Reference = typename ValueCell::Reference;

  // What erase(const Q&) leaves to its overloads. A stored key is among them: the write may move it, so it is
  // handed over as a key.
  template <typename Q>
  static constexpr bool kErasedAsItself =
      std::same_as<Q, typename Entries::StoredKey> || std::same_as<Q, MapCursor<Entries>> ||
      std::same_as<Q, MapLoop<Entries>>;

 public:
  using Entry = EntryOf<Entries>;     // what dereferencing gives
  using Cursor = MapCursor<Entries>;  // an entry found, or none; good until the next write
  using Loop = MapLoop<Entries>;      // survives writes
  using End = MapEnd;

  using key_type = K;
  using mapped_type = V;
  using value_type = std::pair<const std::remove_cvref_t<Key>, std::remove_cvref_t<Value>>;  // to hand over
  using reference = Entry;
  using const_reference = Entry;
  using size_type = uint64_t;
  using difference_type = std::ptrdiff_t;
  using hasher = Hash;
  using key_equal = Equal;
  using iterator = Loop;
  using const_iterator = Loop;

  // A nil map: it reads as an empty one, and whatever would insert throws MisuseError. As in Go.
  Map() = default;

  // An empty map with room for `hint` entries before it grows.
  // Errors of all constructors: OutOfMemory; for a hint that no heap can hold at once, as reserve().
  explicit Map(Heap& heap, uint64_t hint = 0) requires std::default_initializable<Hash>
      : Map(heap, hint, Hash()) {}
  Map(Heap& heap, uint64_t hint, const Hash& hash)
      : root_(heap,
              make_map(heap, Entries::type(), hint, HeapDoor::random(heap).next(), &hash, sizeof(Hash))) {}

  // A map of these entries; of equal keys the first one counts.
  Map(Heap& heap, std::initializer_list<value_type> entries) requires std::default_initializable<Hash>
      : Map(heap, entries.size()) {
    insert(entries);
  }
  template <std::input_iterator I, std::sentinel_for<I> S>
  Map(Heap& heap, I first, S last) requires std::default_initializable<Hash> : Map(heap) {
    insert(first, last);
  }

  // Copying is spelled out, because Go and C++ mean different things by it: share() and clone().
  Map(const Map&) = delete;
  Map& operator=(const Map&) = delete;

  // The handle is handed on; the one it came from is nil. Loops and references to the map notice nothing.
  Map(Map&& other) noexcept : root_(other.root_) { other.root_.release(); }
  Map& operator=(Map&& other) noexcept {
    if (this == &other) return *this;
    root_ = other.root_;
    other.root_.release();
    return *this;
  }
  Map& operator=(std::initializer_list<value_type> entries) {
    writable();
    clear();
    insert(entries);
    return *this;
  }
  friend void swap(Map& a, Map& b) noexcept { a.swap(b); }
  void swap(Map& other) noexcept { std::swap(root_, other.root_); }

  // One more handle on this map. Nil: nil.
  Map share() const { return Map(FromHeader{}, header()); }

  // A new map with the same entries, in the same heap. What keys and values refer to is shared; what is
  // larger than 128 bytes is copied. This map may be growing, and does not change. Nil: nil.
  // Cost: O(buckets + entries).
  Map clone() const { return nil() ? Map() : Map(FromHeader{}, clone_map(*header(), Entries::type())); }

  // Makes room for `entries` entries in all: inserting up to that many does not grow the map.
  // Errors: OutOfMemory, MisuseError, what the hash throws; what no heap can hold fails at once.
  // Cost: O(entries).
  void reserve(size_type entries) { reserve_map(writable(), Entries::type(), entries); }

  // Moves everything to the smallest array that holds it, and takes a reservation back.
  // Cost: O(entries).
  void shrink_to_fit() {
    if (!nil()) shrink_map_to_fit(*header(), Entries::type());
  }

  // May erasing shrink the map? Off at first. A map that may shrink halves its array when less than a quarter
  // of the half would be filled, a few chains at each write, and lets go of it when it becomes empty; it
  // never falls below what is reserved, by reserve() or when it was made.
  // Errors of set_shrinking: MisuseError if nil.
  void set_shrinking(bool on) { writable().shrinks = on; }
  bool shrinking() const { return !nil() && header()->shrinks; }

  bool nil() const { return header() == nullptr; }
  uint64_t size() const { return nil() ? 0 : header()->count; }
  [[nodiscard]] bool empty() const { return size() == 0; }

  Cursor find(Key key) const { return Cursor(look_up<Key>(key), header()); }
  bool contains(Key key) const { return look_up<Key>(key).key != nullptr; }
  size_type count(Key key) const { return contains(key) ? 1 : 0; }

  // Errors: std::out_of_range if there is no such key.
  Reference at(Key key) const { return found(look_up<Key>(key)); }

  // The same for what hash and equality take in place of keys.
  template <typename Q>
  requires TransparentLookup<Hash, Equal> Cursor find(const Q& key)
  const { return Cursor(look_up<Q>(key), header()); }
  template <typename Q>
  requires TransparentLookup<Hash, Equal>
  bool contains(const Q& key) const { return look_up<Q>(key).key != nullptr; }
  template <typename Q>
  requires TransparentLookup<Hash, Equal> size_type count(const Q& key)
  const { return contains(key) ? 1 : 0; }
  template <typename Q>
  requires TransparentLookup<Hash, Equal> Reference at(const Q& key)
  const { return found(look_up<Q>(key)); }

  // The value of `key`, inserted as zero bytes - zero, or null, or empty - if absent, whatever V() is.
  Reference operator[](Key key) {
    bool inserted;
    return ValueCell::object(*Entries::assign(writable(), key, inserted).value);
  }

  // Inserts unless the key is present; try_emplace(key) inserts zero bytes. The bool tells whether it did.
  // Errors of everything that inserts: std::bad_alloc, what hash and equality throw, MisuseError; contents
  // and running loops are then as before.
  std::pair<Cursor, bool> try_emplace(Key key) {
    bool inserted;
    const auto slot = Entries::assign(writable(), key, inserted);
    return {Cursor(slot, header()), inserted};
  }
  std::pair<Cursor, bool> try_emplace(Key key, Value value) {
    MapHeader& map = writable();
    [[maybe_unused]] const typename KeyCell::Hold hold(&map, key);  // the update may allocate
    const typename ValueCell::Update update(&map, value);
    bool inserted;
    const auto slot = Entries::assign(map, key, inserted);
    if (inserted) ValueCell::update(*slot.value, update);
    return {Cursor(slot, header()), inserted};
  }
  std::pair<Cursor, bool> emplace(Key key, Value value) { return try_emplace(key, value); }
  std::pair<Cursor, bool> insert(const std::pair<const Key, Value>& entry) {
    return try_emplace(entry.first, entry.second);
  }

  // Inserts every element, a pair or an Entry, in turn.
  // Errors: as above for one element; those before it stay.
  template <std::input_iterator I, std::sentinel_for<I> S>
  void insert(I first, S last) {
    for (; first != last; ++first) {
      const auto& [key, value] = *first;
      try_emplace(handed_over<KeyCell>(key), handed_over<ValueCell>(value));
    }
  }
  void insert(std::initializer_list<value_type> entries) { insert(entries.begin(), entries.end()); }
  template <std::ranges::input_range R>
  void insert_range(R&& entries) {
    insert(std::ranges::begin(entries), std::ranges::end(entries));
  }

  // Inserts or overwrites. A present key stays as it is stored, but for a floating-point one: of two zeroes
  // the later stays, as in Go. The bool tells whether it inserted.
  std::pair<Cursor, bool> insert_or_assign(Key key, Value value) {
    MapHeader& map = writable();
    [[maybe_unused]] const typename KeyCell::Hold hold(&map, key);  // the update may allocate
    const typename ValueCell::Update update(&map, value);
    bool inserted;
    const auto slot = Entries::assign(map, key, inserted);
    if constexpr (KeyCell::kReplaced) {
      if (!inserted) KeyCell::update(*slot.key, {&map, key});
    }
    ValueCell::update(*slot.value, update);
    return {Cursor(slot, header()), inserted};
  }

  // Returns how many entries went: 0 or 1. An absent key changes no entry. A NaN is never found: only clear()
  // removes it, as in Go.
  size_type erase(Key key) { return !nil() && Entries::template erase<Key>(*header(), key) ? 1 : 0; }
  template <typename Q>
  requires TransparentLookup<Hash, Equal> &&(!kErasedAsItself<Q>)size_type erase(const Q& key) {
    return !nil() && Entries::template erase<const Q&>(*header(), key) ? 1 : 0;
  }

  // Erases the entry found.
  // Requires: there is one, and nothing was written since.
  void erase(Cursor cursor) { erase(KeyCell::load(*cursor.slot().key)); }

  // Erases the entry the loop has reached.
  // Returns a loop that goes on behind it, as `it` does after ++it.
  Loop erase(const Loop& it) {
    erase(it.key());
    Loop next = it;
    ++next;
    return next;
  }

  // Removes everything. Keeps the array, unless the map may shrink.
  // Cost: O(buckets).
  void clear() {
    if (!nil()) clear_map(*header(), Entries::type());
  }

  Loop begin() const {
    if (nil()) return {};
    Random& random = HeapDoor::random(heap());
    const uint64_t bucket = random.next();
    return Loop(heap(), header(), {bucket, random.below(kBucketSlots)});
  }
  End end() const { return {}; }
  Loop cbegin() const { return begin(); }
  End cend() const { return {}; }

  // Do both hold equal keys with equal values? References and maps are equal if they are the same object. A
  // map with a NaN equals none.
  // Cost: O(buckets), a look-up for each entry.
  // Errors: what hash and equality throw.
  friend bool operator==(const Map& a, const Map& b) requires std::equality_comparable<V> {
    return a.size() == b.size() && (a.empty() || a.is_within(b));
  }

  Hash hash_function() const { return Entries::hasher(*header()); }  // Requires: not nil
  Equal key_eq() const { return Equal{}; }

  // Requires: not nil.
  Heap& heap() const { return root_.heap(); }

 private:
  friend class MapDoor;

  struct FromHeader {};
  Map(FromHeader, MapHeader* header) {
    if (header != nullptr) root_.bind(Heap::of(header), header);
  }

  MapHeader* header() const { return static_cast<MapHeader*>(root_.get()); }

  MapHeader& writable() const {
    if (nil()) [[unlikely]]
      throw MisuseError("gcmap::Map: insertion into a nil map: give it a heap, or move a map into it");
    return *header();
  }

  // A key or value of a range, which may be another map's Member.
  template <typename C, typename T>
  static decltype(auto) handed_over(const T& part) {
    if constexpr (std::convertible_to<const T&, typename C::Argument>) {
      return (part);
    } else {
      return part.get();
    }
  }

  template <typename Q>
  typename Entries::Slot look_up(const Q& key) const {
    return nil() ? typename Entries::Slot() : Entries::find(*header(), key);
  }

  static Reference found(typename Entries::Slot slot) {
    if (slot.key == nullptr) throw std::out_of_range("gcmap::Map::at: no such key");
    return ValueCell::object(*slot.value);
  }

  // Values may be compared by the user's code, which must not write to either map.
  bool is_within(const Map& other) const {
    const CallbackScope reading(*header());
    const CallbackScope reading_other(*other.header());
    return walk_entries(*header(), Entries::type(), [&](Bucket bucket, uint32_t slot) {
      const Entry entry = entry_of<Entries>(bucket.key(slot), bucket.value(slot));
      const auto match =
          other.look_up<Key>(KeyCell::load(*static_cast<typename Entries::StoredKey*>(bucket.key(slot))));
      return match.key != nullptr && ValueCell::object(*match.value) == entry.second;
    });
  }

  RootHandle root_;
};

// Erases every entry for which `predicate(Entry)` holds.
// Returns how many.
// Errors: what hash, equality and predicate throw, std::bad_alloc; the entries erased before then are gone.
template <typename K, typename V, typename Hash, typename Equal, typename Predicate>
uint64_t erase_if(Map<K, V, Hash, Equal>& map, Predicate predicate) {
  uint64_t erased = 0;
  for (auto it = map.begin(); it != map.end(); ++it) {
    if (predicate(*it)) erased += map.erase(it.key());
  }
  return erased;
}

// Meaning: a reference to a map inside a collected object, or null. Assigning passes the old and the new
// value to the write barrier.
// Requires: it lies in a heap, that of the map.
template <typename K, typename V, typename Hash, typename Equal>
class Member<Map<K, V, Hash, Equal>> {
  using Target = Map<K, V, Hash, Equal>;

 public:
  Member() = default;
  Member(const Member&) = delete;
  Member& operator=(const Member& other) { return assign(other.header_); }
  Member& operator=(const Target& map) { return assign(MapDoor::header(map)); }
  Member& operator=(std::nullptr_t) { return assign(nullptr); }

  // One more handle on the map; a nil one if it refers to none.
  Target get() const { return MapDoor::from_header<Target>(header()); }
  explicit operator bool() const { return header_ != nullptr; }
  friend bool operator==(const Member& a, const Member& b) { return a.header_ == b.header_; }
  void* const* slot() const { return &header_; }

 private:
  friend class MapDoor;

  MapHeader* header() const { return static_cast<MapHeader*>(header_); }
  Member& assign(void* header) {
    Heap::store(&header_, header);
    return *this;
  }

  void* header_ = nullptr;
};

// A map is handed over as itself: a handle, so nothing needs to hold it.
template <typename K, typename V, typename Hash, typename Equal>
struct Cell<Member<Map<K, V, Hash, Equal>>> : PointerCell {
  using Stored = Member<Map<K, V, Hash, Equal>>;
  using Argument = const Map<K, V, Hash, Equal>&;
  using Reference = Stored&;
  static constexpr bool kMap = true;

  static Stored& object(Stored& cell) { return cell; }

  using Zero = NothingToDo;
  struct Update {
    Update(const void* /*in_heap*/, Argument argument) : map(argument) {}
    Argument map;
  };
  static void init(Stored&, Zero) {}
  static void update(Stored& cell, const Update& update) { cell = update.map; }
};

}  // namespace gcmap
