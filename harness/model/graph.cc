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

void ModelWalk::push(ObjectId object_id) {
  if (object_id == kNoObject || reached_[object_id]) return;
  reached_[object_id] = true;
  work_.push_back(object_id);
}

void ModelWalk::reach(ObjectId object_id) {
  push(object_id);
  while (!work_.empty()) {
    const ObjectId at = work_.back();
    work_.pop_back();
    graph_.for_each_target(at, [this](ObjectId target) { push(target); });
  }
}

}  // namespace gcmap::harness
