#include "harness/report/concern.h"

#include <unordered_set>

#include "gcmap/internal/map/layout.h"
#include "harness/program/operands.h"
#include "harness/report/cell.h"

namespace gcmap::harness {
namespace {

// Looks for keys in the chains of one map that their hashes name.
class KeySearch {
 public:
  KeySearch(const MapSlot& slot, const Families& families, const SoundMemory& memory,
            const ObjectAddresses& addresses, std::vector<SlotPlace>& found)
      : kind_(slot.record->kind),
        header_(*slot.adapter->header()),
        map_(slot.adapter->inspect()),
        cells_(map_, kind_, memory, addresses, families.environment.graph()),
        hasher_(families.environment.hasher()),
        memory_(memory),
        found_(found) {}

  void look_for(uint64_t number) {
    const uint64_t word = key_named(kind_, number);
    const uint64_t hash = hasher_.hash_of(word, header_.seed);
    const size_t before = found_.size();
    look_in(header_.buckets, header_.b, hash, word);
    if (header_.growing()) look_in(header_.old_buckets, header_.old_b(), hash, word);
    if (found_.size() == before && header_.buckets != nullptr)
      found_.push_back({memory_.offset_of(head(header_.buckets, header_.b, hash).memory())});
  }

 private:
  Bucket head(void* array, uint8_t b, uint64_t hash) const {
    return Bucket::at(array, hash & bucket_mask(b), map_.type());
  }

  void look_in(void* array, uint8_t b, uint64_t hash, uint64_t word) {
    if (array == nullptr) return;
    std::unordered_set<const void*> met;
    const MapType& type = map_.type();
    for (Bucket bucket = head(array, b, hash);
         bucket && memory_.covers(bucket.memory(), type.bucket_size) && met.insert(bucket.memory()).second;
         bucket = bucket.overflow()) {
      BucketView view{{}, bucket.key(0), bucket.value(0)};
      for (uint32_t slot = 0; slot < kBucketSlots; ++slot) {
        view.tophash[slot] = bucket.marks()[slot];
        if (view.tophash[slot] < kMinTopHash) continue;
        const Cell cell = cells_.key(view, slot);
        const bool is_key = cell.what == Cell::What::kNumber || cell.what == Cell::What::kNumbered;
        if (is_key && identity_of(kind_, cell.number) == identity_of(kind_, word))
          found_.push_back({memory_.offset_of(bucket.memory()), slot});
      }
    }
  }

  const MapKind kind_;
  const MapHeader& header_;
  const MapInspector map_;
  const CellView cells_;
  const ProgramHasher& hasher_;
  const SoundMemory& memory_;
  std::vector<SlotPlace>& found_;
};

}  // namespace

std::vector<SlotPlace> slots_concerned(const Operation& operation, const Families& families,
                                       const SoundMemory& memory, const ObjectAddresses& addresses) {
  std::vector<SlotPlace> found;
  for_each_operand_of(operation.kind, OperandKind::kIterator, [&](const OperandInfo& operand) {
    const IteratorSlot& iterator = families.maps.iterators().slot(IteratorName(operation.get(operand.field)));
    const IteratorPlace place = iterator.adapter == nullptr ? IteratorPlace{} : iterator.adapter->place();
    if (place.bucket != nullptr) found.push_back({memory.offset_of(place.bucket), place.slot});
  });
  const KeyRange keys = keys_of(operation);
  for_each_operand_of(operation.kind, OperandKind::kMap, [&](const OperandInfo& operand) {
    const MapSlot& slot = families.maps.table().slot(MapName(operation.get(operand.field)));
    if (keys.count == 0 || slot.adapter == nullptr ||
        !memory.covers(slot.adapter->header(), sizeof(MapHeader)))
      return;
    KeySearch search(slot, families, memory, addresses, found);
    search.look_for(keys.first);
    if (keys.count > 1) search.look_for(keys.first + keys.count - 1);
  });
  return found;
}

}  // namespace gcmap::harness
