#include "map/inspector.h"

#include "map/layout.h"

namespace gcmap {

MapState MapInspector::state() const {
  MapState state;
  state.count = header_->count;
  state.b = header_->b;
  state.flags = header_->flags;
  state.noverflow = header_->noverflow;
  state.growth = static_cast<uint8_t>(!header_->growing() ? 0 : header_->same_size_growth() ? 2 : 1);
  state.nevacuate = header_->nevacuate;
  state.preallocated = header_->spares_left;
  state.allocated = header_->buckets != nullptr;
  return state;
}

uint64_t MapInspector::chains(MapArray array) const {
  if (array == MapArray::kPresent) return header_->buckets == nullptr ? 0 : bucket_count(header_->b);
  return header_->growing() ? bucket_count(header_->old_b()) : 0;
}

void MapInspector::for_each_bucket(MapArray array, uint64_t chain,
                                   const std::function<void(const BucketView&)>& visit) const {
  void* const base = array == MapArray::kPresent ? header_->buckets : header_->old_buckets;
  for (Bucket bucket = Bucket::at(base, chain, *type_); bucket; bucket = bucket.overflow()) {
    BucketView view{{}, bucket.key(0), bucket.value(0)};
    std::memcpy(view.tophash.data(), bucket.marks(), kBucketSlots);
    visit(view);
  }
}

std::span<const std::byte> MapInspector::header_bytes() const {
  return std::as_bytes(std::span(header_, 1));
}

bool MapInspector::evacuated(uint64_t old_chain) const {
  return Bucket::at(header_->old_buckets, old_chain, *type_).evacuated();
}

}  // namespace gcmap
