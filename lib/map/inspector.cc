#include "gcmap/internal/map/inspector.h"

#include "gcmap/internal/map/layout.h"
#include "gcmap/internal/map/overflow.h"
#include "map/sizing.h"

namespace gcmap {
namespace {

using OwnedVisitor = std::function<void(const void* address, size_t bytes)>;

// Overflow buckets outside the array: found through the links, or listed.
void visit_linked(void* array, uint8_t b, const MapType& type, const OwnedVisitor& visit) {
  const uint64_t buckets = bucket_count(b) + spare_buckets(b, type.bucket_size);
  const void* const end = Bucket::at(array, buckets, type).memory();
  for (uint64_t chain = 0; chain < bucket_count(b); ++chain) {
    for (Bucket bucket = Bucket::at(array, chain, type).overflow(); bucket; bucket = bucket.overflow()) {
      const bool outside = bucket.memory() < array || bucket.memory() >= end;
      if (outside) visit(bucket.memory(), type.bucket_size);
    }
  }
}

void visit_listed(const OverflowList* list, const MapType& type, const OwnedVisitor& visit) {
  if (list == nullptr) return;
  visit(list, sizeof(OverflowList));
  for (auto* chunk = static_cast<const OverflowChunk*>(list->newest); chunk != nullptr;
       chunk = static_cast<const OverflowChunk*>(chunk->next)) {
    visit(chunk, sizeof(OverflowChunk));
  }
  for_each_overflow(list, [&](const void* bucket) { visit(bucket, type.bucket_size); });
}

void visit_array(void* array, uint8_t b, const void* list, const MapType& type, const OwnedVisitor& visit) {
  if (array == nullptr) return;
  visit(array, (bucket_count(b) + spare_buckets(b, type.bucket_size)) * type.bucket_size);
  if (type.scanned()) {
    visit_linked(array, b, type, visit);
  } else {
    visit_listed(static_cast<const OverflowList*>(list), type, visit);
  }
}

}  // namespace

MapState MapInspector::state() const {
  MapState state;
  state.count = header_->count;
  state.b = header_->b;
  state.flags = header_->flags;
  state.noverflow = header_->noverflow;
  state.growth = static_cast<uint8_t>(!header_->growing()           ? 0
                                      : header_->halving()          ? 3
                                      : header_->same_size_growth() ? 2
                                                                    : 1);
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

bool MapInspector::scanned() const {
  return type_->scanned();
}

uint64_t MapInspector::hash_of(const void* key) const {
  return type_->hash(*header_, key);
}

void MapInspector::for_each_owned(const OwnedVisitor& visit) const {
  visit(header_, sizeof(MapHeader));
  visit_array(header_->buckets, header_->b, header_->extra.overflow, *type_, visit);
  visit_array(header_->old_buckets, header_->old_b(), header_->extra.old_overflow, *type_, visit);
}

bool MapInspector::evacuated(uint64_t old_chain) const {
  return Bucket::at(header_->old_buckets, old_chain, *type_).evacuated();
}

}  // namespace gcmap
