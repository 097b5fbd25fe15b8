#include "map/grow.h"

#include <algorithm>
#include <vector>

#include "gcmap/handles.h"
#include "map/cell.h"
#include "map/overflow.h"
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
  uint8_t operator[](size_t i) const { return i < kInline ? inline_[i] : more_[i - kInline]; }

 private:
  static constexpr size_t kInline = 16;
  size_t size_ = 0;
  uint8_t inline_[kInline] = {};
  std::vector<uint8_t> more_;
};

// Where the entries of an old chain will go.
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

Plan plan_evacuation(const MapHeader& map, const MapType& type, Bucket head) {
  Plan plan;
  const uint64_t y_bit = map.same_size_growth() ? 0 : bucket_count(map.old_b());
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
  return plan;
}

// The end of a chain being filled.
struct Target {
  Bucket bucket;
  uint32_t slot = 0;

  void append(const MapType& type, uint8_t mark, Bucket source, uint32_t source_slot,
              OverflowReserve& reserve) {
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

// Everything it works on is alive whatever the collector does meanwhile: the arrays and both chains through
// the map, buckets not yet in a chain through the reserve.
void move_chain(MapHeader& map, const MapType& type, Bucket head, const Plan& plan, Target x, Target y,
                OverflowReserve& reserve) {
  size_t index = 0;
  auto redrawn = plan.redrawn.begin();
  for (Bucket bucket = head; bucket; bucket = bucket.overflow(), ++index) {
    const uint8_t to_y = plan.to_y[index];
    for (uint32_t slot = 0; slot < kBucketSlots; ++slot) {
      uint8_t& mark = bucket.marks()[slot];
      if (is_empty_mark(mark)) {
        mark = kEvacuatedEmpty;
        continue;
      }
      const bool goes_to_y = ((to_y >> slot) & 1) != 0;
      const bool redraws = redrawn != plan.redrawn.end() && goes_by_mark(map, type, bucket.key(slot));
      (goes_to_y ? y : x).append(type, redraws ? *redrawn++ : mark, bucket, slot, reserve);
      mark = goes_to_y ? kEvacuatedY : kEvacuatedX;
      Heap::reach_at(&map, DecisionPoint::kMapCellEvacuated);
    }
  }
}

// Lets go of what an evacuated chain of a scanned map still holds.
void wipe_chain(const MapType& type, Bucket head) {
  for (Bucket bucket = head; bucket;) {
    const Bucket next = bucket.overflow();
    uint8_t marks[kBucketSlots];
    std::memcpy(marks, bucket.marks(), kBucketSlots);
    Heap::clear_range(type.bucket, bucket.memory(), type.bucket_size);
    std::memcpy(bucket.marks(), marks, kBucketSlots);
    bucket = next;
  }
}

// May an iterator be walking chains of the old array?
bool old_array_is_walked(const MapHeader& map) {
  return (map.flags & kFlagOldIterator) != 0 || map.old_borrowed != 0;
}

void end_growth(MapHeader& map) {
  Heap::store(&map.old_buckets, nullptr);
  Heap::store(&map.extra.old_overflow, nullptr);
  map.flags &= static_cast<uint8_t>(~kFlagSameSizeGrow);
  map.old_borrowed = 0;
}

// Moves nevacuate past the chain just evacuated and those evacuated before it was their turn.
void advance_evacuation(MapHeader& map, const MapType& type) {
  const uint64_t old_count = bucket_count(map.old_b());
  ++map.nevacuate;
  const uint64_t stop = std::min(map.nevacuate + kEvacuatedScanMax, old_count);
  while (map.nevacuate != stop && Bucket::at(map.old_buckets, map.nevacuate, type).evacuated())
    ++map.nevacuate;
  if (map.nevacuate == old_count) end_growth(map);
}

void evacuate(MapHeader& map, const MapType& type, uint64_t old_chain) {
  const Bucket head = Bucket::at(map.old_buckets, old_chain, type);
  const bool moved = !head.evacuated();
  if (moved) {
    const Plan plan = plan_evacuation(map, type, head);
    OverflowReserve reserve(map, type,
                            overflow_buckets_for(plan.x_entries) + overflow_buckets_for(plan.y_entries));
    Target x{Bucket::at(map.buckets, old_chain, type)};
    Target y;
    if (!map.same_size_growth())
      y.bucket = Bucket::at(map.buckets, old_chain + bucket_count(map.old_b()), type);
    move_chain(map, type, head, plan, x, y, reserve);
    if (type.scanned() && !old_array_is_walked(map)) wipe_chain(type, head);
  }
  if (old_chain == map.nevacuate) advance_evacuation(map, type);
  if (moved) Heap::reach_at(&map, DecisionPoint::kMapChainEvacuated);
}

void* allocate_array(MapHeader& map, const MapType& type, uint8_t b) {
  return Heap::of(&map).allocate(type.bucket, bucket_count(b) + spare_buckets(b, type.bucket_size));
}

}  // namespace

void make_first_array(MapHeader& map, const MapType& type) {
  void* const array = allocate_array(map, type, map.b);
  Heap::store(&map.buckets, array);
  map.spares_left = static_cast<uint32_t>(spare_buckets(map.b, type.bucket_size));
}

bool must_grow(const MapHeader& map) {
  return over_load_factor(map.count + 1, map.b) || too_many_overflow_buckets(map.noverflow, map.b);
}

void begin_growth(MapHeader& map, const MapType& type) {
  const bool same_size = !over_load_factor(map.count + 1, map.b);
  const auto b = static_cast<uint8_t>(map.b + (same_size ? 0 : 1));
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
  map.flags &= static_cast<uint8_t>(~(kFlagIterator | kFlagOldIterator));
  if (iterated) map.flags |= kFlagOldIterator;
  if (same_size) map.flags |= kFlagSameSizeGrow;
  Heap::reach_at(&map, DecisionPoint::kMapGrowthStarted);
}

void growth_work(MapHeader& map, const MapType& type, uint64_t chain) {
  evacuate(map, type, chain & bucket_mask(map.old_b()));
  if (map.growing()) evacuate(map, type, map.nevacuate);
}

}  // namespace gcmap
