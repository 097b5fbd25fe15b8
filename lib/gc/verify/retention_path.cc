#include "gc/verify/retention_path.h"

#include <cstdio>
#include <optional>
#include <vector>

#include "gcmap/internal/gc/verify/inspector.h"

namespace gcmap {
RetentionPaths::RetentionPaths(const Heap& heap) : heap_(heap) {
  const HeapInspector inspector(heap);
  std::vector<ObjectView> found;  // breadth first
  const auto meet = [&](const void* value, Step step) {
    const std::optional<ObjectView> object = inspector.find(value);
    if (object.has_value() && steps_.emplace(object->address, step).second) found.push_back(*object);
  };
  size_t root = 0;
  inspector.for_each_root([&](void* const* slot) { meet(*slot, {nullptr, root++}); });
  for (size_t i = 0; i < found.size(); ++i) {
    const ObjectView object = found[i];
    for_each_slot(object, [&](void* const* slot) {
      const auto byte = reinterpret_cast<const char*>(slot) - static_cast<const char*>(object.address);
      meet(*slot, {object.address, static_cast<size_t>(byte)});
    });
    inspector.for_each_ephemeron_of(object.address, [&](void* const* value) {
      meet(*value, {object.address, SIZE_MAX});
    });
  }
}

std::string RetentionPaths::name_of(const void* object) const {
  const std::optional<ObjectView> view = HeapInspector(heap_).find(object);
  char offset[32];
  std::snprintf(offset, sizeof offset, "heap+0x%llx",
                static_cast<unsigned long long>(heap_.offset_of(object)));
  return std::string(offset) + " (" + (view && view->type != nullptr ? view->type->name : "noscan") + ")";
}

std::string RetentionPaths::to(const void* object) const {
  const auto last = steps_.find(object);
  if (last == steps_.end()) return "nothing leads to " + name_of(object);
  std::string path = name_of(object);
  for (auto at = last;; at = steps_.find(at->second.from)) {
    const Step step = at->second;
    if (step.from == nullptr) return "root " + std::to_string(step.place) + " -> " + path;
    const std::string place =
        step.place == SIZE_MAX ? " as a weak key" : " byte " + std::to_string(step.place);
    path = name_of(step.from) + place + " -> " + path;
  }
}

}  // namespace gcmap
