// MapAdapter: the one type-erased door through which the harness reaches a map.
//
// Keys and values are words: integers are themselves, references are addresses of nodes or of maps' headers,
// the rest is the number it is made of (harness/subject/numbered.h). Each instantiation (kind_<kind>.cc, a
// translation unit of its own) translates. Hashing goes through a KeyHasher, so that a program or a recording
// decides every hash; a node hashes as its number does.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "gcmap/heap.h"
#include "gcmap/internal/map/inspector.h"
#include "gcmap/internal/map/iterate.h"
#include "harness/program/map_kind.h"

namespace gcmap::harness {

using Word = uint64_t;

class KeyHasher {
 public:
  // `map`: the id of the map that asks.
  virtual uint64_t hash(uint64_t key, uint64_t seed, uint64_t map) const = 0;

 protected:
  ~KeyHasher() = default;
};

class AdapterIterator {
 public:
  virtual ~AdapterIterator() = default;
  // The next entry (key, value), or nothing at the end. Not called again after the end.
  virtual std::optional<std::pair<Word, Word>> next() = 0;
  // Where the iterator's array stands: 0 the map's present array, 1 the old array of the growth in
  // progress, 2 the map has moved on.
  virtual int generation() const = 0;
  virtual IteratorPlace place() const = 0;
  // Its own bytes, in which its roots lie.
  virtual std::span<const std::byte> memory() const = 0;
};

class MapAdapter;

// A loop over a map, and what its iterator adds: the entry as it is when it is asked for, and the key it
// stands on.
class AdapterLoop {
 public:
  virtual ~AdapterLoop() = default;
  virtual bool at_end() const = 0;
  // The rest requires that it is not at its end; entry, also that what it stands on is there still.
  virtual std::pair<Word, Word> entry() const = 0;
  virtual Word key() const = 0;
  virtual void next() = 0;
  // Erases the entry it stands on and goes on behind it. `map`: a handle on its map.
  virtual void erase(MapAdapter& map) = 0;
  // Its own bytes, in which its roots lie.
  virtual std::span<const std::byte> memory() const = 0;
};

// A handle: it roots its map.
class MapAdapter {
 public:
  virtual ~MapAdapter() = default;
  virtual void put(Word key, Word value) = 0;
  virtual bool insert(Word key, Word value) = 0;  // true if it was absent
  // Inserts `count` elements as one range, unless present. `element` makes the i-th when the range comes to
  // it: those before it are in the map by then.
  using Element = std::function<std::pair<Word, Word>(uint64_t i)>;
  virtual void insert_range(uint64_t count, const Element& element) = 0;
  // Adds to a number or to what is made of one, replaces a reference. Through operator[], but for strings.
  // Returns the value of now.
  virtual Word update(Word key, Word operand) = 0;
  virtual std::optional<Word> find(Word key) const = 0;
  virtual bool erase(Word key) = 0;
  // By what is no key: a node's number, else the word.
  virtual std::optional<Word> find_as(Word number) const = 0;
  virtual bool erase_as(Word number) = 0;
  // Erases the entries whose keys `chosen` picks.
  // Returns how many.
  virtual uint64_t erase_if(const std::function<bool(Word key)>& chosen) = 0;
  virtual void clear() = 0;
  virtual void reserve(uint64_t entries) = 0;
  virtual void shrink_to_fit() = 0;
  virtual void set_shrinking(bool on) = 0;
  // A clone that carries `id`.
  virtual std::unique_ptr<MapAdapter> clone(uint64_t id) const = 0;
  // Exchanges the handles.
  // Requires: the same kind.
  virtual void swap(MapAdapter& other) = 0;
  // Takes the other's map, which is nil afterwards.
  // Requires: the same kind.
  virtual void take(MapAdapter& other) = 0;
  // Does == hold? Values that are references are compared as such.
  // Requires: the same kind.
  virtual bool equals(const MapAdapter& other) const = 0;
  virtual uint64_t size() const = 0;
  // Starts at bucket start.bucket mod 2^B and slot start.offset. The first entry comes with the first next().
  virtual std::unique_ptr<AdapterIterator> iterate(IterationStart start) const = 0;
  // From where the map draws.
  virtual std::unique_ptr<AdapterLoop> loop() const = 0;
  virtual MapInspector inspect() const = 0;
  virtual MapHeader* header() const = 0;
};

// A new map that carries `id`.
// Requires: heap and hasher outlive it.
// Errors: std::bad_alloc.
std::unique_ptr<MapAdapter> make_adapter(MapKind kind, Heap& heap, const KeyHasher& hasher, uint64_t id,
                                         uint64_t hint);

// One more handle on a map of that kind.
std::unique_ptr<MapAdapter> open_adapter(MapKind kind, MapHeader* map);

// The structure of a map of that kind.
MapInspector inspect_map(MapKind kind, const MapHeader* map);

// What make_adapter gave it.
uint64_t id_of_map(const MapHeader* map);

// What a kind's translation unit provides.
struct AdapterKind {
  // The word of a key or value as it lies in a bucket. Null: the cell is the word.
  using ReadCell = Word (*)(const void* cell);

  std::unique_ptr<MapAdapter> (*make)(Heap& heap, const KeyHasher& hasher, uint64_t id, uint64_t hint);
  std::unique_ptr<MapAdapter> (*open)(MapHeader* map);
  MapInspector (*inspect)(const MapHeader* map);
  ReadCell read_key;
  ReadCell read_value;
};
#define KIND(constant, text, doc) extern const AdapterKind k##constant##Adapter;
#include "harness/program/map_kind.def"
#undef KIND

const AdapterKind& adapter_kind_of(MapKind kind);

}  // namespace gcmap::harness
