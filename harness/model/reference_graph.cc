#include "harness/model/reference_graph.h"

#include <utility>

namespace gcmap::harness {

Ref ReferenceGraph::add_node(uint64_t number, uint32_t links) {
  Thing& thing = things_.emplace_back();
  thing.number = number;
  thing.first_link = links_.size();
  thing.link_count = links;
  links_.resize(links_.size() + links, kNoRef);
  return static_cast<Ref>(things_.size() - 1);
}

Ref ReferenceGraph::add_map(std::shared_ptr<ReferenceMap> entries) {
  things_.emplace_back().entries = std::move(entries);
  return static_cast<Ref>(things_.size() - 1);
}

void ReferenceGraph::push(Ref thing) const {
  if (thing == kNoRef || things_[thing].walk == walk_) return;
  things_[thing].walk = walk_;
  work_.push_back(thing);
}

void ReferenceGraph::reach(Ref thing) const {
  push(thing);
  while (!work_.empty()) {
    const Thing& at = things_[work_.back()];
    work_.pop_back();
    for (uint32_t i = 0; i < at.link_count; ++i) push(links_[at.first_link + i]);
    if (at.entries == nullptr) continue;
    for (const auto& [key, entry] : at.entries->entries()) {
      push(entry.key_ref);
      push(entry.value_ref);
    }
  }
}

}  // namespace gcmap::harness
