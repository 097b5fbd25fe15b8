#include "harness/report/cell.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "gcmap/internal/map/layout.h"

namespace gcmap::harness {
namespace {

bool all_zero(const void* cell, size_t bytes) {
  const auto* const begin = static_cast<const char*>(cell);
  return std::all_of(begin, begin + bytes, [](char byte) { return byte == 0; });
}

// What does a slot with this mark hold, given whether its bytes are zero? kNumber: an entry.
Cell::What what_lies_there(uint8_t mark, bool zero, bool scanned) {
  if (mark >= kMinTopHash) return Cell::What::kNumber;
  if (mark == kEvacuatedX || mark == kEvacuatedY)  // what is scanned is wiped
    return zero && scanned ? Cell::What::kNothing : Cell::What::kNumber;
  return zero ? Cell::What::kNothing : Cell::What::kLeft;
}

const void* at(const void* cells, const Type& type, uint32_t slot) {
  return static_cast<const char*>(cells) + size_t{slot} * type.size;
}

}  // namespace

void Cell::write(JsonText& json) const {
  switch (what) {
    case What::kNothing:
      json.null();
      return;
    case What::kNumber:
      json.number(number);
      return;
    case What::kNull:
      json.string("null");
      return;
    case What::kObject:
      json.string("#" + std::to_string(object_id));
      return;
    case What::kNumbered:
      json.string(std::to_string(number) + "#" + std::to_string(object_id));
      return;
    case What::kLost:
      json.string("lost");
      return;
    case What::kLeft:
      json.string("left");
      return;
  }
}

// May what the pointers of a cell lead to be read? Null is as good as an object unless the cell is a box. Of
// a reference in the bucket nothing is read.
bool CellView::leads_to_objects(const Type& cell_type, const void* cell, bool boxed, bool reference) const {
  if (reference && !boxed) return true;
  for (uint32_t i = 0; i < cell_type.pointer_count; ++i) {
    const void* target;
    std::memcpy(&target, static_cast<const char*>(cell) + cell_type.pointer_offsets[i], sizeof target);
    if (target == nullptr ? boxed : !memory_.is_object(target)) return false;
  }
  return true;
}

Cell CellView::object_at(Word word) const {
  if (word == 0) return {Cell::What::kNull};
  const ObjectId id = addresses_.find(reinterpret_cast<const void*>(word));
  return {id == kNoObject ? Cell::What::kLost : Cell::What::kObject, id};
}

Cell CellView::key(const BucketView& bucket, uint32_t slot) const {
  const void* const cell = at(bucket.keys, type_.key, slot);
  const Cell::What what =
      what_lies_there(bucket.tophash[slot], all_zero(cell, type_.key.size), type_.scanned());
  if (what != Cell::What::kNumber) return {what};
  const bool node = has_node_keys(kind_);
  if (!leads_to_objects(type_.key, cell, type_.key_box != nullptr, node)) return {Cell::What::kLost};
  if (node) {
    Cell found = object_at(reader_.key(bucket, slot));
    if (found.what != Cell::What::kObject) return found;
    return {Cell::What::kNumbered, found.object_id, graph_.number(found.object_id)};
  }
  return {what, kNoObject, reader_.key(bucket, slot)};
}

Cell CellView::value(const BucketView& bucket, uint32_t slot) const {
  if (type_.value.size == 0) return {};
  const void* const cell = at(bucket.values, type_.value, slot);
  const uint8_t mark = bucket.tophash[slot];
  Cell::What what = what_lies_there(mark, all_zero(cell, type_.value.size), type_.scanned());
  // Where a key was wiped its value was too; zero is a value like others.
  if (what != Cell::What::kNumber) return {what};
  const bool reference = has_node_values(kind_) || has_map_values(kind_);
  if (!leads_to_objects(type_.value, cell, type_.value_box != nullptr, reference)) return {Cell::What::kLost};
  if (reference) return object_at(reader_.value(bucket, slot));
  return {what, kNoObject, reader_.value(bucket, slot)};
}

}  // namespace gcmap::harness
