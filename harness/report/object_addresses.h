// Which object of the model's graph lies where, as the library put it: the way from a pointer to a number.
#pragma once

#include <string>
#include <unordered_map>

#include "harness/model/graph.h"
#include "harness/run/families.h"

namespace gcmap::harness {

class ObjectAddresses {
 public:
  // As it is now.
  // Cost: O(objects).
  explicit ObjectAddresses(const Families& families) {
    const ModelGraph& graph = families.environment.graph();
    for (ObjectId id = 1; id <= graph.size(); ++id) {
      if (is_there(families, id)) ids_[graph.address(id)] = id;
    }
  }

  // Was it made, and neither freed nor lost with its arena, as far as the library has said?
  static bool is_there(const Families& families, ObjectId id) {
    const ModelGraph& graph = families.environment.graph();
    return graph.address(id) != nullptr && !graph.freed(id) && !families.objects.arena_nodes().is_dead(id);
  }

  // kNoObject if none is there.
  ObjectId find(const void* address) const {
    const auto found = ids_.find(address);
    return found == ids_.end() ? kNoObject : found->second;
  }

 private:
  std::unordered_map<const void*, ObjectId> ids_;
};

}  // namespace gcmap::harness
