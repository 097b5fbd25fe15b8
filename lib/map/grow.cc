#include "gcmap/internal/map/grow.h"

#include <algorithm>
#include <vector>

#include "gcmap/handles.h"
#include "gcmap/internal/base/check.h"
#include "gcmap/internal/base/sometimes.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/map/cell.h"
#include "gcmap/internal/map/overflow.h"
#include "map/sizing.h"

namespace gcmap {
namespace {

constexpr uint64_t kEvacuatedScanMax = 1024;  // chains skipped at once when nevacuate moves on; Go's bound

// For every slot of a chain: is it live and bound for Y? One byte of slot bits a bucket. Chains are
// short, so the bits of the first buckets lie in the object.
class TargetBits {
 public:
  void push(uint8_t bits) {
    if (size_ < kInline) {
      inline_[size_] = bits;
    } else {
      more_.push_back(bits);
    }
    ++size_;
  }
  uint8_t operator[](size_t i) const {
    GCMAP_DCHECK(i < size_, "bucket %zu of a plan for %zu: a chain is longer than when it was planned", i,
                 size_);
    return i < kInline ? inline_[i] : more_[i - kInline];
  }

 private:
  static constexpr size_t kInline = 16;
  size_t size_ = 0;
  uint8_t inline_[kInline] = {};
  std::vector<uint8_t> more_;
};

// The old chains that are evacuated together.
struct Sources {
  Bucket heads[2];  // the second one when halving
};

// Where the entries of old chains will go.
struct Plan {
  uint64_t x_entries = 0;
  uint64_t y_entries = 0;
  TargetBits to_y;
  std::vector<uint8_t> redrawn;  // new marks of the keys that goes_by_mark names, in chain order
};

// A key that does not equal itself has another hash each time it is asked, so nobody can tell from it which
// half an iterator that borrows the chain should produce the entry from. While there may be iterators it goes
// by its mark, whose lowest bit was drawn as well, and gets a new one, so that later it may go elsewhere.
bool goes_by_mark(const MapHeader& map, const MapType& type, const void* key) {
  return !type.reflexive && (map.flags & kFlagIterator) != 0 && !type.equal(map, key, key);
}

uint64_t overflow_buckets_for(uint64_t entries) {
  return entries == 0 ? 0 : (entries - 1) / kBucketSlots;
}

void plan_chain(const MapHeader& map, const MapType& type, Bucket head, Plan& plan) {
  const uint64_t y_bit = map.doubling() ? bucket_count(map.old_b()) : 0;
  for (Bucket bucket = head; bucket; bucket = bucket.overflow()) {
    uint8_t bits = 0;
    for (uint32_t slot = 0; slot < kBucketSlots; ++slot) {
      if (is_empty_mark(bucket.marks()[slot])) continue;
      bool to_y = false;
      if (y_bit != 0) {
        const uint64_t hash = type.hash(map, bucket.key(slot));
        to_y = (hash & y_bit) != 0;
        if (goes_by_mark(map, type, bucket.key(slot))) {
          to_y = (bucket.marks()[slot] & 1) != 0;
          plan.redrawn.push_back(top_hash(hash));
        }
      }
      bits = static_cast<uint8_t>(bits | (to_y << slot));
      ++(to_y ? plan.y_entries : plan.x_entries);
    }
    plan.to_y.push(bits);
  }
}

// The end of a chain being filled.
struct Target {
  Bucket bucket;
  uint32_t slot = 0;

  void append(const MapType& type, uint8_t mark, Bucket source, uint32_t source_slot,
              OverflowReserve& reserve) {
    GCMAP_DCHECK(bucket, "an entry goes to Y, and the map does not double");
    if (slot == kBucketSlots) {
      const Bucket next = reserve.next();
      bucket.set_overflow(next.memory());
      bucket = next;
      slot = 0;
    }
    bucket.marks()[slot] = mark;
    copy_cell(type.key, bucket.key(slot), source.key(source_slot));
    copy_cell(type.value, bucket.value(slot), source.value(source_slot));
    ++slot;
  }
};

// Moves what was planned. Everything it works on is alive whatever the collector does meanwhile: the arrays
// and all chains through the map, buckets not yet in a chain through the reserve.
class Move {
 public:
  Move(MapHeader& map, const MapType& type, const Plan& plan, Target x, Target y, OverflowReserve& reserve)
      : map_(map),
        type_(type),
        plan_(plan),
        redrawn_(plan.redrawn.begin()),
        x_(x),
        y_(y),
        reserve_(reserve) {}

  // Chains come in the order they were planned in.
  void chain(Bucket head) {
    for (Bucket bucket = head; bucket; bucket = bucket.overflow(), ++index_) {
      const uint8_t to_y = plan_.to_y[index_];
      for (uint32_t slot = 0; slot < kBucketSlots; ++slot) {
        uint8_t& mark = bucket.marks()[slot];
        if (is_empty_mark(mark)) {
          mark = kEvacuatedEmpty;
          continue;
        }
        GCMAP_DCHECK(!is_evacuated_mark(mark), "slot %u with mark %u is moved a second time", slot, mark);
        const bool goes_to_y = ((to_y >> slot) & 1) != 0;
        const bool redraws = redrawn_ != plan_.redrawn.end() && goes_by_mark(map_, type_, bucket.key(slot));
        (goes_to_y ? y_ : x_).append(type_, redraws ? *redrawn_++ : mark, bucket, slot, reserve_);
        mark = goes_to_y ? kEvacuatedY : kEvacuatedX;
        HeapDoor::notify_at(&map_, DecisionPoint::kMapCellEvacuated);
      }
    }
  }

 private:
  MapHeader& map_;
  const MapType& type_;
  const Plan& plan_;
  std::vector<uint8_t>::const_iterator redrawn_;
  Target x_;
  Target y_;
  OverflowReserve& reserve_;
  size_t index_ = 0;  // of the bucket, in all chains of the plan
};

// Lets go of what an evacuated chain of a scanned map still holds.
void wipe_chain(const MapType& type, Bucket head) {
  for (Bucket bucket = head; bucket;) {
    const Bucket next = bucket.overflow();
    uint8_t marks[kBucketSlots];
    std::memcpy(marks, bucket.marks(), kBucketSlots);
    HeapDoor::clear_range(type.bucket, bucket.memory(), type.bucket_size);
    std::memcpy(bucket.marks(), marks, kBucketSlots);
    bucket = next;
  }
}

// May an iterator be walking chains of the old array?
bool old_array_is_walked(const MapHeader& map) {
  return (map.flags & kFlagOldIterator) != 0 || map.old_borrowed;
}

void end_growth(MapHeader& map) {
  Heap::store(&map.old_buckets, nullptr);
  Heap::store(&map.extra.old_overflow, nullptr);
  map.flags &= static_cast<uint8_t>(~(kFlagSameSizeGrow | kFlagHalving));
  map.old_borrowed = false;
}

// Moves nevacuate past the chain just evacuated and those evacuated before it was their turn.
void advance_evacuation(MapHeader& map, const MapType& type) {
  const uint64_t end = bucket_count(map.moved_b());
  GCMAP_DCHECK(old_chain(map, map.nevacuate, type).evacuated(),
               "nevacuate passes chain %llu, which has not been moved",
               static_cast<unsigned long long>(map.nevacuate));
  ++map.nevacuate;
  const uint64_t stop = std::min(map.nevacuate + kEvacuatedScanMax, end);
  while (map.nevacuate != stop && old_chain(map, map.nevacuate, type).evacuated()) ++map.nevacuate;
  GCMAP_SOMETIMES(map.nevacuate == stop && stop != end,
                  "nevacuate stops at its bound in chains evacuated before");
  if (map.nevacuate == end) end_growth(map);
}

void move_chains(MapHeader& map, const MapType& type, uint64_t number) {
  Sources sources{old_chain(map, number, type), {}};
  if (map.halving()) sources.heads[1] = old_chain(map, number + bucket_count(map.b), type);
  Plan plan;
  for (const Bucket head : sources.heads) plan_chain(map, type, head, plan);
  OverflowReserve reserve(map, type,
                          overflow_buckets_for(plan.x_entries) + overflow_buckets_for(plan.y_entries));
  const Target x{present_chain(map, number, type)};
  Target y;
  if (map.doubling()) y.bucket = present_chain(map, number + bucket_count(map.old_b()), type);
  Move move(map, type, plan, x, y, reserve);
  for (const Bucket head : sources.heads) move.chain(head);
  GCMAP_SOMETIMES(type.scanned() && map.old_borrowed,
                  "a loop that borrows a chain keeps it from being wiped");
  if (!type.scanned() || old_array_is_walked(map)) return;
  for (const Bucket head : sources.heads) wipe_chain(type, head);
}

// Evacuates the old chains of this number mod 2^moved_b.
void evacuate(MapHeader& map, const MapType& type, uint64_t number) {
  GCMAP_CHECK(map.growing(), "chain %llu of a map that does not grow is to be evacuated",
              static_cast<unsigned long long>(number));
  GCMAP_CHECK(number < bucket_count(map.moved_b()),
              "chain %llu of 2^%u is to be evacuated: the growth is over",
              static_cast<unsigned long long>(number), map.moved_b());
  const bool moved = !old_chain(map, number, type).evacuated();
  if (moved) move_chains(map, type, number);
  if (number == map.nevacuate) advance_evacuation(map, type);
  if (moved) HeapDoor::notify_at(&map, DecisionPoint::kMapChainEvacuated);
}

void* allocate_array(MapHeader& map, const MapType& type, uint8_t b) {
  return Heap::of(&map).allocate(type.bucket, bucket_count(b) + spare_buckets(b, type.bucket_size));
}

// `kind`: the flag of a growth that is no doubling.
void begin_growth_to(MapHeader& map, const MapType& type, uint8_t b, uint8_t kind) {
  GCMAP_CHECK(!map.growing(),
              "a growth begins with chain %llu of the last one still to move: finish_growth first",
              static_cast<unsigned long long>(map.nevacuate));
  GCMAP_CHECK(map.buckets != nullptr, "a map without an array is to grow to 2^%u buckets: make_array", b);
  GCMAP_CHECK(b <= kMaxB, "a map is to grow to 2^%u buckets, at most 2^%u", b, kMaxB);
  const RootHandle array(Heap::of(&map), allocate_array(map, type, b));

  Heap::store(&map.old_buckets, map.buckets);
  Heap::store(&map.buckets, array.get());
  Heap::store(&map.extra.old_overflow, map.extra.overflow);
  Heap::store(&map.extra.overflow, nullptr);
  map.b = b;
  map.spares_left = static_cast<uint32_t>(spare_buckets(b, type.bucket_size));
  map.nevacuate = 0;
  map.noverflow = 0;
  const bool iterated = (map.flags & kFlagIterator) != 0;
  GCMAP_SOMETIMES(iterated && kind == kFlagSameSizeGrow, "a growth of the same size begins under a loop");
  GCMAP_SOMETIMES(iterated && kind == kFlagHalving, "a map begins to shrink under a loop");
  map.flags &= static_cast<uint8_t>(~(kFlagIterator | kFlagOldIterator));
  if (iterated) map.flags |= kFlagOldIterator;
  map.flags |= kind;
  HeapDoor::notify_at(&map, DecisionPoint::kMapGrowthStarted);
}

}  // namespace

void make_array(MapHeader& map, const MapType& type, uint8_t b) {
  GCMAP_CHECK(b <= kMaxB, "an array of 2^%u buckets: b has left its range", b);
  void* const array = allocate_array(map, type, b);
  drop_arrays(map);
  Heap::store(&map.buckets, array);
  map.b = b;
  map.spares_left = static_cast<uint32_t>(spare_buckets(b, type.bucket_size));
}

bool must_grow(const MapHeader& map) {
  return over_load_factor(map.count + 1, map.b) || too_many_overflow_buckets(map.noverflow, map.b);
}

bool must_halve(const MapHeader& map) {
  return map.count > 1 && map.b > map.least_b && under_load_factor(map.count - 1, map.b);
}

void begin_growth(MapHeader& map, const MapType& type) {
  over_load_factor(map.count + 1, map.b) ? begin_doubling(map, type) : begin_same_size(map, type);
}

void begin_doubling(MapHeader& map, const MapType& type) {
  begin_growth_to(map, type, static_cast<uint8_t>(map.b + 1), 0);
}

void begin_same_size(MapHeader& map, const MapType& type) {
  begin_growth_to(map, type, map.b, kFlagSameSizeGrow);
}

void begin_halving(MapHeader& map, const MapType& type) {
  begin_growth_to(map, type, static_cast<uint8_t>(map.b - 1), kFlagHalving);
}

void growth_work(MapHeader& map, const MapType& type, uint64_t chain) {
  evacuate(map, type, chain & bucket_mask(map.moved_b()));
  if (map.growing()) evacuate(map, type, map.nevacuate);
}

void finish_growth(MapHeader& map, const MapType& type) {
  while (map.growing()) evacuate(map, type, map.nevacuate);
}

void drop_arrays(MapHeader& map) {
  GCMAP_CHECK(map.count == 0, "the arrays are let go with %llu entries in them",
              static_cast<unsigned long long>(map.count));
  end_growth(map);
  Heap::store(&map.buckets, nullptr);
  Heap::store(&map.extra.overflow, nullptr);
  map.flags &= static_cast<uint8_t>(~(kFlagIterator | kFlagOldIterator));
  map.b = map.least_b;
  map.noverflow = 0;
  map.nevacuate = 0;
  map.spares_left = 0;
}

}  // namespace gcmap
