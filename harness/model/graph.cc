#include "harness/model/graph.h"

#include <utility>

namespace gcmap::harness {

ObjectId ModelGraph::add_node(uint64_t number, uint32_t links) {
  Object& object = objects_.emplace_back();
  object.number = number;
  object.first_link = links_.size();
  object.link_count = links;
  links_.resize(links_.size() + links, kNoObject);
  return static_cast<ObjectId>(objects_.size() - 1);
}

ObjectId ModelGraph::add_map(std::shared_ptr<ModelMap> entries) {
  objects_.emplace_back().entries = std::move(entries);
  return static_cast<ObjectId>(objects_.size() - 1);
}

void ModelGraph::push(ObjectId object_id) const {
  if (object_id == kNoObject || objects_[object_id].walk == walk_) return;
  objects_[object_id].walk = walk_;
  work_.push_back(object_id);
}

void ModelGraph::reach(ObjectId object_id) const {
  push(object_id);
  while (!work_.empty()) {
    const Object& at = objects_[work_.back()];
    work_.pop_back();
    for (uint32_t i = 0; i < at.link_count; ++i) push(links_[at.first_link + i]);
    if (at.entries == nullptr) continue;
    for (const auto& [key, entry] : at.entries->entries()) {
      push(entry.key_object_id);
      push(entry.value_object_id);
    }
  }
}

}  // namespace gcmap::harness
