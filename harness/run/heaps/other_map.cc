#include "harness/run/heaps/other_map.h"

#include <string>

#include "gcmap/handles.h"
#include "gcmap/internal/gc/verify/inspector.h"
#include "harness/oracle/failure.h"
#include "harness/subject/node.h"
#include "harness/subject/structure.h"

namespace gcmap::harness {

using std::to_string;

OtherMap::OtherMap(const HeapOptions& options, MapKind kind)
    : heap_(options), kind_(kind), handle_(spare_handle()) {
  for (uint64_t i = 0; i < kEntries; ++i) put(*handle_);
}

void OtherMap::put(MapAdapter& map) {
  const uint64_t number = kFirst + entries_++;
  RootHandle value(heap_);
  if (has_node_values(kind_)) value.set(make_node(heap_, 2, number, 0));
  if (has_map_values(kind_)) value.set(make_adapter(kInnerKind, heap_, hasher_, number, 0)->header());
  Word key = number;
  if (has_node_keys(kind_)) key = reinterpret_cast<Word>(make_node(heap_, 2, number, 0));
  map.put(key, value.get() == nullptr ? value_named(kind_, number) : reinterpret_cast<Word>(value.get()));
}

void OtherMap::check(const MapAdapter& map) const {
  if (!HeapInspector(heap_).find(map.header()))
    throw Failure{"G13", "a handle took a map of another heap, which freed it"};
  if (map.size() != entries_) {
    throw Failure{"G13", "a map of another heap has " + to_string(map.size()) + " of " + to_string(entries_) +
                             " entries"};
  }
  for (uint64_t number = kFirst; number < kFirst + entries_; ++number) {
    const auto value = map.find_as(number);
    if (!value || number_of_value(kind_, *value) != value_named(kind_, number))
      throw Failure{"G13", "a map of another heap has another value under key " + to_string(number)};
  }
}

}  // namespace gcmap::harness
