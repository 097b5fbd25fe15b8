// The map in memory: header, buckets, marks. The layout is Go's (bucket map, up to Go 1.23).
//
// Layout:
//
//   MapHeader ──buckets──────► array of 2^B buckets, then P[B] spare overflow buckets   (one object)
//             ──old_buckets──► the previous array, while growing                        (one object)
//             ──extra────────► side lists of overflow buckets that are objects of their own
//
//   bucket:  +---------------+-----------------+--------------------+----------+
//            | 8 marks       | 8 keys          | 8 values           | overflow |
//            +---------------+-----------------+--------------------+----------+
//
// A chain is a bucket of the array and the buckets its overflow links lead to. An entry with hash h
// lies in chain h mod 2^B; its mark is the top byte of h, raised past the reserved values. Marks:
//
//   0  kEmptyRest        this slot is empty, and so is everything after it in the chain
//   1  kEmptyOne         this slot is empty
//   2  kEvacuatedX       moved to the chain of the same number
//   3  kEvacuatedY       moved to the chain 2^old_b further on
//   4  kEvacuatedEmpty   was empty when its chain was evacuated
//   5+ kMinTopHash       live
//
// Invariants, checked by map/verifier.cc (M10's moment and M13's iterators by the harness):
//   M1   count is the number of live slots of both arrays
//   M2   a live slot's mark is the top byte of its key's hash, raised past the reserved marks
//   M3   every entry lies in the chain its hash names
//   M4   no key lies in two slots
//   M5   after mark 0 come only marks 0; a chain does not end in mark 1
//   M6   growing iff there is an old array; an old chain is evacuated whole or not at all, when
//        shrinking together with the one that goes to the same place; those below nevacuate are; the chains
//        an unevacuated one will feed hold nothing
//   M7   an array is one object of 2^b buckets and its spares; the old one has half as many, as many, or when
//        shrinking twice as many; a map without an array is empty, and its b the least one
//   M8   noverflow is the number of overflow buckets in the present chains while b < 16; spare buckets are
//        used from the front and counted
//   M9   a dead slot outside evacuated chains, and an unused spare bucket, is all zero; an evacuated chain of
//        a scanned map has lost its overflow buckets, keys and values, unless an iterator may need them
//   M10  the load stays within its bound; growth begins exactly when map/sizing.h says so
//   M11  chains are acyclic, disjoint, and made of live objects of the right size and kind
//   M12  a side list holds exactly the overflow buckets of its array's chains that lie outside the array; a
//        scanned map has none
//   M13  an iterator's array has its flag set; the writing flag is down between operations
//
// Protocol of growth (map/grow.cc):
//   1. an insert finds the load or the number of overflow buckets too high, or an erase finds the array too
//      large: it becomes the old array, a fresh one (twice as large, as large, or half as large) takes
//      its place;
//   2. every write evacuates the old chain it concerns and one more; a chain is moved all or none;
//   3. when all are moved the old array is dropped.
//
// Maps are scanned or not, as Go's are. Buckets whose keys or values are pointers are scanned: every store to
// one goes through the write barrier (map/cell.h), and overflow buckets live through the links that lead to
// them. All others are never scanned, so nothing marks through their overflow links: overflow buckets outside
// the array live through the side lists, the present one and, while growing, the old.
//
// Not here: what moves entries (grow.h), who walks them (iterate.h).
// Source: Go 1.19 runtime/map.go; structure recordings in corpus/go-traces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "gcmap/heap.h"
#include "gcmap/internal/alloc/type.h"
#include "gcmap/internal/base/check.h"

namespace gcmap {

inline constexpr uint32_t kBucketSlots = 8;

inline constexpr uint8_t kEmptyRest = 0;
inline constexpr uint8_t kEmptyOne = 1;
inline constexpr uint8_t kEvacuatedX = 2;
inline constexpr uint8_t kEvacuatedY = 3;
inline constexpr uint8_t kEvacuatedEmpty = 4;
inline constexpr uint8_t kMinTopHash = 5;

// What relies on the order of the marks.
static_assert(kEmptyRest == 0, "fresh memory is an empty bucket at the end of its chain");
static_assert(kEmptyOne == kEmptyRest + 1, "is_empty_mark compares once; the walk masks this one bit");
static_assert(kEmptyOne < kEvacuatedX && kEvacuatedEmpty < kMinTopHash,
              "is_evacuated_mark compares with the marks on both sides");
static_assert(kEvacuatedY == kEvacuatedX + 1 && kEvacuatedEmpty == kEvacuatedY + 1 &&
                  kMinTopHash == kEvacuatedEmpty + 1,
              "no value between the marks: what lies below kMinTopHash has a meaning");
static_assert(kBucketSlots == sizeof(uint64_t), "the marks of a bucket are read as one word");

inline constexpr uint8_t kFlagIterator = 1;      // an iterator may be using the present array
inline constexpr uint8_t kFlagOldIterator = 2;   // an iterator may be using the old array
inline constexpr uint8_t kFlagWriting = 4;       // a write is under way
inline constexpr uint8_t kFlagSameSizeGrow = 8;  // the growth in progress keeps the size
inline constexpr uint8_t kFlagHalving = 16;      // the growth in progress halves it
static_assert((kFlagIterator | kFlagOldIterator | kFlagWriting | kFlagSameSizeGrow | kFlagHalving) == 31,
              "a bit each");

inline constexpr uint8_t kExactOverflowB = 16;  // below it noverflow is exact, from it on an estimate
inline constexpr size_t kHasherBytes = 16;

struct OverflowList;

// Side lists of overflow buckets, null until needed, and always in scanned maps.
struct MapExtra {
  void* overflow;      // OverflowList of the present array
  void* old_overflow;  // OverflowList of the old array
};

struct MapHeader {
  uint64_t count;  // live entries
  uint8_t flags;
  uint8_t b;                       // the present array has 2^b buckets
  uint16_t noverflow;              // overflow buckets in the present array's chains; estimate from b = 16
  uint32_t spares_left;            // preallocated overflow buckets of the present array still unused
  uint64_t seed;                   // of the hash; redrawn whenever the map becomes empty
  void* buckets;                   // present array; null before the first insert, or if emptied
  void* old_buckets;               // previous array, null unless growing
  uint64_t nevacuate;              // old chains below this number, mod 2^moved_b(), are evacuated
  uint64_t clear_generation : 48;  // how often clear() did something; iterators compare it
  uint8_t least_b;                 // reserved: b does not fall below it
  bool shrinks : 1;                // does erasing shrink the map?
  bool old_borrowed : 1;           // scanned maps: an iterator walks chains of the old array, of this growth
  const void* cleared_array;       // present at the last clear; compared by iterators, never followed
  uint64_t writes;                 // begun so far; loops compare it
  MapExtra extra;
  alignas(8) std::byte hasher[kHasherBytes];  // the hash function object

  bool growing() const { return old_buckets != nullptr; }
  bool same_size_growth() const { return (flags & kFlagSameSizeGrow) != 0; }
  bool halving() const { return (flags & kFlagHalving) != 0; }
  bool doubling() const { return growing() && (flags & (kFlagSameSizeGrow | kFlagHalving)) == 0; }
  // The old array has 2^old_b buckets.
  uint8_t old_b() const { return static_cast<uint8_t>(same_size_growth() ? b : halving() ? b + 1 : b - 1); }
  // Old chains of the same number mod 2^moved_b are evacuated together: one, or when halving two.
  uint8_t moved_b() const { return halving() ? b : old_b(); }
};

// Pointer slots of a header, for its collector Type.
inline constexpr uint32_t kMapHeaderPointers[] = {
    offsetof(MapHeader, buckets), offsetof(MapHeader, old_buckets),
    offsetof(MapHeader, extra) + offsetof(MapExtra, overflow),
    offsetof(MapHeader, extra) + offsetof(MapExtra, old_overflow)};

// Where key and value of an entry lie. Null pointers: no such entry.
struct EntryRef {
  void* key = nullptr;
  void* value = nullptr;
};

// A kind of map at run time: sizes, functions and the collector's view of its buckets. One object per
// instantiation, static, built by Access::type (map/access.h).
struct MapType {
  using HashFunction = uint64_t (*)(const MapHeader& map, const void* key);
  using EqualFunction = bool (*)(const MapHeader& map, const void* a, const void* b);
  using FindFunction = EntryRef (*)(const MapHeader& map, const void* key);

  uint32_t key_size;
  uint32_t value_size;
  uint32_t values_offset;    // of the 8 values in a bucket
  uint32_t overflow_offset;  // of the overflow link
  uint32_t bucket_size;
  bool reflexive;       // does every key equal itself?
  bool calls_back;      // may hash, equal or == of values call the map's user?
  Type key;             // one key as it lies in a bucket, for copying and wiping
  Type value;           // one value
  const Type* key_box;  // of the object a key points to if that is its own; null: none
  const Type* value_box;
  HashFunction hash;
  EqualFunction equal;
  FindFunction find;
  Type bucket;  // of the arrays and of overflow buckets

  // Do buckets hold pointers the collector follows, the overflow link among them?
  bool scanned() const { return !bucket.noscan(); }
};

constexpr uint64_t bucket_count(uint8_t b) {
  return uint64_t{1} << b;
}
constexpr uint64_t bucket_mask(uint8_t b) {
  return bucket_count(b) - 1;
}

// The mark of a live entry with this hash.
constexpr uint8_t top_hash(uint64_t hash) {
  const auto top = static_cast<uint8_t>(hash >> 56);
  return top < kMinTopHash ? static_cast<uint8_t>(top + kMinTopHash) : top;
}

constexpr bool is_empty_mark(uint8_t mark) {
  return mark <= kEmptyOne;
}
constexpr bool is_evacuated_mark(uint8_t mark) {
  return mark > kEmptyOne && mark < kMinTopHash;
}

// A bucket under a MapType: address arithmetic, nothing else.
class Bucket {
 public:
  Bucket() = default;
  Bucket(void* memory, const MapType& type) : memory_(static_cast<char*>(memory)), type_(&type) {}

  static Bucket at(void* array, uint64_t index, const MapType& type) {
    return Bucket(static_cast<char*>(array) + index * type.bucket_size, type);
  }

  explicit operator bool() const { return memory_ != nullptr; }
  void* memory() const { return memory_; }
  uint8_t* marks() const { return reinterpret_cast<uint8_t*>(memory_); }
  void* key(uint32_t slot) const { return memory_ + kBucketSlots + size_t{slot} * type_->key_size; }
  void* value(uint32_t slot) const {
    return memory_ + type_->values_offset + size_t{slot} * type_->value_size;
  }
  Bucket overflow() const { return Bucket(*overflow_link(), *type_); }
  void set_overflow(void* bucket) const {
    if (type_->scanned()) {
      Heap::store(overflow_link(), bucket);
    } else {
      *overflow_link() = bucket;
    }
  }

  // Of the head of a chain: has the chain been evacuated? All or none, so slot 0 tells.
  bool evacuated() const { return is_evacuated_mark(marks()[0]); }

 private:
  void** overflow_link() const { return reinterpret_cast<void**>(memory_ + type_->overflow_offset); }

  char* memory_ = nullptr;
  const MapType* type_ = nullptr;
};

// The head of chain `index` of the present array.
// Requires: there is one, and it has that chain.
inline Bucket present_chain(const MapHeader& map, uint64_t index, const MapType& type) {
  GCMAP_DCHECK(map.buckets != nullptr, "chain %llu of a map without an array",
               static_cast<unsigned long long>(index));
  GCMAP_DCHECK(index < bucket_count(map.b), "chain %llu of an array of 2^%u: a hash masked for another one?",
               static_cast<unsigned long long>(index), map.b);
  return Bucket::at(map.buckets, index, type);
}

// The same of the old array.
// Requires: growing.
inline Bucket old_chain(const MapHeader& map, uint64_t index, const MapType& type) {
  GCMAP_DCHECK(map.growing(), "old chain %llu of a map that does not grow",
               static_cast<unsigned long long>(index));
  GCMAP_DCHECK(index < bucket_count(map.old_b()),
               "old chain %llu of an array of 2^%u: a hash masked for another one?",
               static_cast<unsigned long long>(index), map.old_b());
  return Bucket::at(map.old_buckets, index, type);
}

}  // namespace gcmap
