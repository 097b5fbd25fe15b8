#include "gcmap/internal/map/clone.h"

#include <algorithm>

#include "gcmap/handles.h"
#include "gcmap/internal/base/sometimes.h"
#include "gcmap/internal/map/cell.h"
#include "gcmap/internal/map/grow.h"
#include "gcmap/internal/map/header.h"
#include "gcmap/internal/map/overflow.h"
#include "gcmap/internal/map/walk.h"
#include "gcmap/internal/map/writing.h"
#include "map/sizing.h"

namespace gcmap {
namespace {

// One array of the source: the chains of it that hold entries.
struct SourceArray {
  void* buckets;
  uint8_t b;
};

class Clone {
 public:
  Clone(const MapHeader& source, MapHeader& target, const MapType& type)
      : source_(source), target_(target), type_(type) {}

  // Chain by chain of the target: what goes there comes from every 2^b-th chain of the source, or, where the
  // source has fewer, from a part of one.
  void run() {
    for (uint64_t chain = 0; chain < bucket_count(target_.b); ++chain) {
      bucket_ = present_chain(target_, chain, type_);
      slot_ = 0;
      copy_from({source_.buckets, source_.b}, chain);
      GCMAP_SOMETIMES(source_.halving(), "a map is cloned while it shrinks");
      if (source_.growing()) copy_from({source_.old_buckets, source_.old_b()}, chain);
    }
  }

 private:
  void copy_from(SourceArray array, uint64_t chain) {
    const uint64_t step = bucket_count(std::min(array.b, target_.b));
    for (uint64_t i = chain & (step - 1); i < bucket_count(array.b); i += step) {
      const Bucket head = Bucket::at(array.buckets, i, type_);
      if (head.evacuated()) continue;
      walk_chain(head, [&](Bucket bucket, uint32_t slot) {
        if (array.b >= target_.b || chain_of(bucket, slot, array.b, i) == chain) append(bucket, slot);
        return true;
      });
    }
  }

  // The target's chain for an entry of chain `i` of an array of 2^b. A key that does not equal itself has no
  // hash to ask twice: the lowest bit of its mark decides, as in an evacuation.
  uint64_t chain_of(Bucket bucket, uint32_t slot, uint8_t b, uint64_t i) const {
    const void* const key = bucket.key(slot);
    if (!type_.reflexive && !type_.equal(source_, key, key))
      return i | (bucket.marks()[slot] & uint64_t{1}) << b;
    return type_.hash(source_, key) & bucket_mask(target_.b);
  }

  void append(Bucket source, uint32_t slot) {
    if (slot_ == kBucketSlots) {
      OverflowReserve reserve(target_, type_, 1);
      const Bucket next = reserve.next();
      bucket_.set_overflow(next.memory());
      bucket_ = next;
      slot_ = 0;
    }
    copy(type_.key, type_.key_box, bucket_.key(slot_), source.key(slot));
    copy(type_.value, type_.value_box, bucket_.value(slot_), source.value(slot));
    bucket_.marks()[slot_] = source.marks()[slot];
    ++slot_;
    ++target_.count;
  }

  void copy(const Type& cell, const Type* box, void* target, const void* source) {
    if (box == nullptr) {
      copy_cell(cell, target, source);
      return;
    }
    void* const content = Heap::of(&target_).allocate(*box);
    copy_cell(*box, content, static_cast<const Box*>(source)->content);
    Heap::store(&static_cast<Box*>(target)->content, content);
  }

  const MapHeader& source_;
  MapHeader& target_;
  const MapType& type_;
  Bucket bucket_;      // where the next entry goes
  uint32_t slot_ = 0;  // 8: into a bucket after it
};

}  // namespace

MapHeader* clone_map(const MapHeader& source, const MapType& type) {
  check_readable(source);
  Heap& heap = Heap::of(&source);
  const Local<MapHeader> target(
      heap, make_map(heap, type, source.count, source.seed, source.hasher, sizeof source.hasher));
  target->least_b = 0;
  target->shrinks = source.shrinks;
  if (source.count == 0) return target.get();
  if (target->buckets == nullptr) make_array(*target, type, target->b);
  Clone(source, *target, type).run();
  return target.get();
}

}  // namespace gcmap
