// Map<K, V>: Go's hash map on a collected heap.
//
//   gcmap::Heap heap;
//   gcmap::Map<uint64_t, uint64_t> m(heap);
//   m[17] = 4;
//   for (auto [key, value] : m) m.erase(key);   // loops survive every write
//
// Keys are trivially copyable types - numbers, enums, structs -, strings and references to collected objects,
// Member<T>. Values are the same, empty classes (a set: they take no room) and references to maps. What is
// larger than 128 bytes lies outside the bucket. A type of your own needs std::hash and ==, or a Hash and an
// Equal:
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
// reads move nothing. Keys and values may come from the map itself. References,
// pointers and cursors to entries are good until the next write to the map. Loops are registered with the map
// and survive writes: each entry present throughout is met exactly once, with its latest value; erased ones
// not reached yet are not met; added ones may be. Order is unspecified and differs from loop to loop.
//
// A Map is a rooted handle: it must be gone before its heap is. Several handles may lead to one map; it lives
// as long as a handle or an object of the heap does that leads to it. It is used by one thread at a time.
// Errors: std::bad_alloc from whatever allocates; contents and running loops are then as before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "base/check.h"
#include "gcmap/handles.h"
#include "map/access.h"
#include "map/cell.h"
#include "map/clear.h"
#include "map/hash.h"
#include "map/header.h"
#include "map/inspector.h"
#include "map/iterate.h"

namespace gcmap {

template <MapKey K, MapValue V, typename Hash = DefaultHash<K>,
          typename Equal = std::equal_to<typename Cell<K>::Argument>>
class Map {
  using Entries = Access<K, V, Hash, Equal>;
  using KeyCell = Cell<K>;
  using ValueCell = Cell<V>;
  using StoredKey = typename KeyCell::Stored;
  using StoredValue = typename ValueCell::Stored;
  // How keys and values are handed over: map/cell.h has the table.
  using Key = typename KeyCell::Argument;
  using Value = typename ValueCell::Argument;

 public:
  using key_type = K;
  using mapped_type = V;
  using size_type = uint64_t;

  // What dereferencing gives. Key and value lie apart, so it is a pair of references. Assigning to a value
  // that is a Member passes the write barrier.
  struct Entry {
    Entry(StoredKey& key, StoredValue& value)
        : first(KeyCell::object(key)), second(ValueCell::object(value)) {}
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
    Entry operator*() const {
      return {*static_cast<StoredKey*>(entry_.key), *static_cast<StoredValue*>(entry_.value)};
    }
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

  // One more handle on the map of `header`, for callers that know maps by their headers.
  // Requires: header() of a live map of this very kind: K, V, Hash and Equal.
  static Map from_header(MapHeader* header) { return Map(FromHeader{}, header); }

  Map(const Map&) = delete;
  Map& operator=(const Map&) = delete;

  uint64_t size() const { return root_->count; }
  bool empty() const { return size() == 0; }

  Cursor find(Key key) const { return Cursor(Entries::find(*root_, key)); }
  bool contains(Key key) const { return Entries::find(*root_, key).key != nullptr; }

  // Errors: std::out_of_range if there is no such key.
  V& at(Key key) const {
    const auto slot = Entries::find(*root_, key);
    if (slot.key == nullptr) throw std::out_of_range("gcmap::Map::at: no such key");
    return ValueCell::object(*slot.value);
  }

  // The value of `key`, inserted as V() - zero, or null, or empty - if absent.
  V& operator[](Key key) {
    bool inserted;
    return ValueCell::object(*Entries::assign(*root_, key, inserted).value);
  }

  // Inserts unless the key is present. The bool tells whether it did.
  std::pair<Cursor, bool> try_emplace(Key key, Value value) {
    const typename ValueCell::Update update(root_.get(), value);
    bool inserted;
    const auto slot = Entries::assign(*root_, key, inserted);
    if (inserted) ValueCell::update(*slot.value, update);
    return {Cursor(slot), inserted};
  }
  std::pair<Cursor, bool> insert(const std::pair<const Key, Value>& entry) {
    return try_emplace(entry.first, entry.second);
  }

  // Inserts or overwrites. A present key stays as it is stored, but for a floating-point one: of two zeroes
  // the later stays, as in Go. The bool tells whether it inserted.
  std::pair<Cursor, bool> insert_or_assign(Key key, Value value) {
    const typename ValueCell::Update update(root_.get(), value);
    bool inserted;
    const auto slot = Entries::assign(*root_, key, inserted);
    if constexpr (KeyCell::kReplaced) {
      if (!inserted) KeyCell::update(*slot.key, {root_.get(), key});
    }
    ValueCell::update(*slot.value, update);
    return {Cursor(slot), inserted};
  }

  // Returns how many entries went: 0 or 1. An absent key changes no entry.
  size_type erase(Key key) { return Entries::erase(*root_, key) ? 1 : 0; }

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
  MapInspector inspect() const { return inspect(root_.get()); }

  // The same of a map known by its header. Requires: as from_header.
  static MapInspector inspect(const MapHeader* header) { return MapInspector(header, Entries::type()); }

  Heap& heap() const { return root_.heap(); }

  // The collected object behind this handle, for code below the typed surface: two handles lead to the same
  // map iff their headers are the same. Not rooted by the caller.
  MapHeader* header() const { return root_.get(); }

 private:
  struct FromHeader {};
  Map(FromHeader, MapHeader* header) : root_(Heap::of(header), header) {}

  Root<MapHeader> root_;
};

// Meaning: a reference to a map inside a collected object, or null. Requires: it lies in a heap, that of the
// map. Assigning passes the old and the new value to the write barrier.
template <typename K, typename V, typename Hash, typename Equal>
class Member<Map<K, V, Hash, Equal>> {
  using Target = Map<K, V, Hash, Equal>;

 public:
  Member() = default;
  Member(const Member&) = delete;
  Member& operator=(const Member& other) { return assign(other.header_); }
  Member& operator=(const Target& map) { return assign(map.header()); }
  Member& operator=(std::nullptr_t) { return assign(nullptr); }

  // One more handle on the map. Requires: not null.
  Target get() const {
    GCMAP_CHECK(header_ != nullptr, "get() of a Member that refers to no map: test it first");
    return Target::from_header(header());
  }
  explicit operator bool() const { return header_ != nullptr; }
  MapHeader* header() const { return static_cast<MapHeader*>(header_); }
  void* const* slot() const { return &header_; }

 private:
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
