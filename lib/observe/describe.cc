#include "gcmap/observe.h"

#include <cstdio>
#include <cstring>
#include <string_view>

#include "gcmap/internal/map/layout.h"
#include "gcmap/string.h"

namespace gcmap {

using std::to_string;

namespace {

std::string draw_number(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", number);
  return text;
}

// A key or value, given its type and where it lies.
std::string draw_cell(const Type& type, const void* cell) {
  const std::string_view name = type.name;
  if (name == Cell<String>::kType.name)
    return '"' + std::string(static_cast<const String*>(cell)->view()) + '"';
  if (name == Cell<double>::kType.name)
    return draw_number(type.size == sizeof(float) ? *static_cast<const float*>(cell)
                                                  : *static_cast<const double*>(cell));
  uint64_t word = 0;
  if (type.size == 0) return "-";
  if (type.size > sizeof word) return '(' + to_string(type.size) + " bytes)";
  std::memcpy(&word, cell, type.size);
  if (type.noscan()) return to_string(word);
  const auto* const object = reinterpret_cast<const void*>(word);
  return object == nullptr ? "null" : '@' + to_string(Heap::of(object).offset_of(object));
}

const void* at(const void* cells, const Type& type, uint32_t slot) {
  return static_cast<const char*>(cells) + slot * type.size;
}

}  // namespace

std::string describe(const MapState& state) {
  static constexpr const char* kGrowth[] = {"", ", doubling", ", growing at the same size", ", halving"};
  std::string text = to_string(state.count) + " entries, B " + to_string(state.b) + kGrowth[state.growth];
  if (state.growth != 0) text += " (nevacuate " + to_string(state.nevacuate) + ")";
  if (state.noverflow != 0) text += ", " + to_string(state.noverflow) + " overflow";
  return text;
}

std::string describe(const Heap& heap) {
  const HeapStats stats = heap.stats();
  return std::string("phase ") + name_of(heap.phase()) + ", " + to_string(stats.live_objects) + " objects, " +
         to_string(stats.live_bytes) + " bytes, " + to_string(stats.cycles) + " cycles";
}

std::string draw(const MapInspector& map,
                 const std::function<std::string(const BucketView& bucket, uint32_t slot)>& entry,
                 const std::string& indent) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const MapArray array : {MapArray::kPresent, MapArray::kOld}) {
    for (uint64_t chain = 0; chain < map.chains(array); ++chain) {
      text += indent + (array == MapArray::kPresent ? "bucket " : "old bucket ") + to_string(chain) + ":";
      map.for_each_bucket(array, chain, [&](const BucketView& bucket) {
        text += " [";
        for (uint32_t slot = 0; slot < kBucketSlots; ++slot) {
          const uint8_t mark = bucket.tophash[slot];
          if (slot > 0) text += ' ';
          text += {kDigits[mark >> 4], kDigits[mark & 15]};
          if (mark >= kMinTopHash) text += '=' + entry(bucket, slot);
        }
        text += ']';
      });
      text += '\n';
    }
  }
  return text;
}

std::string draw(const MapInspector& map, const std::string& indent) {
  const MapType& type = map.type();
  const auto entry = [&](const BucketView& bucket, uint32_t slot) {
    return draw_cell(type.key, at(bucket.keys, type.key, slot)) + ':' +
           draw_cell(type.value, at(bucket.values, type.value, slot));
  };
  return draw(map, entry, indent);
}

std::string draw_u64_entry(const BucketView& bucket, uint32_t slot) {
  return to_string(static_cast<const uint64_t*>(bucket.keys)[slot]) + ':' +
         to_string(static_cast<const uint64_t*>(bucket.values)[slot]);
}

}  // namespace gcmap
