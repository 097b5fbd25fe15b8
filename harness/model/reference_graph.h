// The reference's object graph: every node and every map a program made, who leads to whom, and hence exactly
// what must be alive.
//
// Things are numbered from 1 in the order they are made and never again: liveness is judged by number, never
// by address. A node leads where its links lead, a map to the keys and values of its entries. What the graph
// starts from - names, iterators - is the caller's to say, thing by thing, on each walk.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "harness/model/reference.h"

namespace gcmap::harness {

class ReferenceGraph {
 public:
  // Each returns the new thing's number.
  Ref add_node(uint64_t number, uint32_t links);
  Ref add_map(std::shared_ptr<ReferenceMap> entries);

  // Where the library put it. Nodes are numbered before they are allocated, so that they can carry the
  // number.
  void set_address(Ref thing, const void* address) { things_[thing].address = address; }
  const void* address(Ref thing) const { return things_[thing].address; }  // null for kNoRef

  size_t size() const { return things_.size() - 1; }
  bool contains(Ref thing) const { return thing != kNoRef && thing < things_.size(); }
  bool is_map(Ref thing) const { return things_[thing].entries != nullptr; }
  const std::shared_ptr<ReferenceMap>& entries(Ref map) const { return things_[map].entries; }

  uint64_t number(Ref node) const { return things_[node].number; }
  uint32_t links(Ref node) const { return things_[node].link_count; }
  Ref link(Ref node, uint32_t i) const { return links_[things_[node].first_link + i]; }
  void set_link(Ref node, uint32_t i, Ref target) { links_[things_[node].first_link + i] = target; }

  // The library freed it.
  void set_freed(Ref thing) { things_[thing].freed = true; }
  bool freed(Ref thing) const { return things_[thing].freed; }

  // A walk: begin, reach every thing it starts from, then ask. It changes no thing. Cost: what is reachable.
  void begin_walk() const { ++walk_; }
  void reach(Ref thing) const;
  bool reached(Ref thing) const { return things_[thing].walk == walk_; }

 private:
  struct Thing {
    const void* address = nullptr;
    uint64_t number = 0;
    std::shared_ptr<ReferenceMap> entries;  // of a map; null: a node
    mutable uint64_t walk = 0;              // the last walk that reached it
    size_t first_link = 0;                  // in links_
    uint32_t link_count = 0;
    bool freed = false;
  };

  void push(Ref thing) const;

  std::vector<Thing> things_ = std::vector<Thing>(1);  // [0]: nothing
  std::vector<Ref> links_;
  mutable std::vector<Ref> work_;
  mutable uint64_t walk_ = 0;
};

}  // namespace gcmap::harness
