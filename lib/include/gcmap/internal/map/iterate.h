// Iteration that survives growth, erasure, clear and collection under it.
//
// An iterator freezes geometry: it keeps the array it started on, its size, a start bucket and an
// in-bucket offset, and walks that array whatever the map does. Slots never move inside an array and
// evacuation marks stay readable, so a live slot is produced as it stands, and an evacuated one is
// looked up again in the map. A loop begun while the map grows meets buckets whose entries are still in
// the old array: it walks the old chain in their place ("borrowed"), and while doubling produces from it
// only what hashes to the bucket at hand; while halving it walks both chains that will go there.
//
// Rooted, for as long as the iterator lives: the header, the array, the side list of the array, and the
// array and side list a chain is borrowed from. Nothing else keeps pointer-free overflow buckets alive. In a
// scanned map the arrays lead to theirs.
//
// Where Go breaks its own contract and this does not:
//   * whether a borrowed chain is filtered is decided once, on entering it (Go asks again at each step and
//     produces keys twice, or loses some, when a growth of another kind begins meanwhile);
//   * clear counts a generation and names the array it kept: what an iterator holds from before is not
//     produced (C8), and the array's side list stays the same object, so that overflow buckets the array
//     gets after the clear are held too;
//   * a map that becomes empty gets another seed, under which a key inserted again lies in another chain: a
//     borrowed chain is then left, and none is borrowed any more unless the iterator's array is the present
//     one (Go goes on, and produces such keys twice);
//   * the array a chain is borrowed from is held (Go holds only the bucket);
//   * where keys may not equal themselves, nothing is borrowed for an array the map has left either:
//     such keys may have changed their half since;
//   * in a scanned map, whoever borrows a chain tells the map so, and until the growth ends none of its old
//     chains is wiped any more (Go knows of iterators by a flag that only starting an iteration renews: in
//     the second growth at the same size of one iteration it wipes the chain the iterator stands in, and
//     the rest of its entries are missed).
//
// Contract, judged by harness/model/map.h. For an iteration begun on a map that is not nil or empty:
//   C1  order is unspecified              C2  an entry removed before it is reached is not produced
//   C3  one added meanwhile may be        C4  a nil or empty map yields nothing
//   C5  none is produced twice            C6  an entry comes with its latest value
//   C7  one present throughout is produced exactly once
//   C8  after a clear nothing from before appears
//   C9  key and value come from the same moment
// An entry is an incarnation: a key erased and inserted again is another entry.
//
// Cost of next(): amortized O(1 + empty slots passed).
// Source: Go 1.19 runtime/map.go (mapiterinit, mapiternext); recordings in corpus/go-traces.
#pragma once

#include <cstdint>

#include "gcmap/handles.h"
#include "gcmap/internal/map/layout.h"

namespace gcmap {

// Where an iteration begins. Same start, same structure: same order.
struct IterationStart {
  uint64_t bucket = 0;  // taken mod 2^B
  uint32_t offset = 0;  // 0..7: first slot looked at in each bucket
};

// Where a walk stands, for who looks on. Addresses are of buckets, to be compared and, while they lie in live
// objects, read.
struct IteratorPlace {
  const void* array = nullptr;     // the walk is over this one; null: it has ended
  uint8_t b = 0;                   // 2^b buckets of it
  uint64_t start = 0;              // the bucket it began at
  uint64_t next_chain = 0;         // the bucket it enters next
  const void* bucket = nullptr;    // it stands in; null: between chains
  uint32_t slot = kBucketSlots;    // looked at last in that bucket; kBucketSlots: none yet
  const void* borrowed = nullptr;  // the array that bucket is borrowed from; null: it is of `array`
};

class MapIterator {
 public:
  // Begins an iteration over `map`, at once at its end if the map is empty.
  // Requires: rooted.
  // Errors: std::bad_alloc, nothing changed.
  // MisuseError from inside a callback of a write to the map.
  MapIterator(Heap& heap, MapHeader* map, const MapType& type, IterationStart start);
  MapIterator() = default;  // at its end, of no map

  // The next entry, or null pointers at the end (and ever after). The pointers are good until the next
  // write to the map. The caller must not change the key.
  EntryRef next();

  // Where the array stands: 0 it is the map's present one, 1 the old one of a growth in progress, 2 the
  // map has moved on, or the iteration is over.
  int generation() const;

  IteratorPlace place() const;

  // Requires: next() gave an entry last.
  const MapHeader& map() const { return *static_cast<const MapHeader*>(map_.get()); }
  Heap& heap() const { return map_.heap(); }

 private:
  static constexpr uint64_t kNoFilter = UINT64_MAX;

  bool enter_chain();
  bool may_borrow(const MapHeader& map) const;
  void borrow(MapHeader& map, Bucket head);
  void enter_next_bucket();
  bool filtered_out(const MapHeader& map, Bucket bucket, uint32_t slot) const;
  bool goes_by_itself(const void* key) const;
  EntryRef entry_at(const MapHeader& map, uint32_t slot) const;
  void forget_cleared(const MapHeader& map);
  void forget_emptied(const MapHeader& map);
  void finish();

  MapHeader& header() const { return *static_cast<MapHeader*>(map_.get()); }

  const MapType* type_ = nullptr;
  RootHandle map_;
  RootHandle array_;
  RootHandle overflow_;
  RootHandle borrowed_array_;
  RootHandle borrowed_overflow_;
  uint64_t clear_generation_ = 0;
  uint64_t seed_ = 0;            // of the map at the last step
  uint64_t start_ = 0;           // bucket the walk began at
  uint64_t chain_ = 0;           // bucket to enter next
  uint64_t filter_ = kNoFilter;  // produce only what hashes to this bucket
  Bucket bucket_;                // where the walk stands; none: between chains
  Bucket sister_;                // after it, the other chain of the old array that goes to the same place
  uint32_t step_ = 0;            // slots of bucket_ already passed, 0..8
  uint8_t offset_ = 0;
  uint8_t b_ = 0;          // size of array_
  bool borrowed_ = false;  // bucket_ is one of the map's old array
  bool emptied_ = false;   // the map was empty since the iteration began
  bool wrapped_ = false;   // the walk has passed the end of the array
  bool done_ = true;
};

}  // namespace gcmap
