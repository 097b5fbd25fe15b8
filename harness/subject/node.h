// Node: the collected object that programs make.
//
// Layout: an array of cells of 16 bytes, at least two. Each cell has one link, which leads to a node or to
// the header of a map, and one word: in cell 0 the node's number, what a map entry with this node as key or
// value counts as; in cell 1 its id in the model's graph, which never repeats. The other words are zero.
// Links lie apart, so that large nodes are marked in pieces that cut between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "gcmap/heap.h"

namespace gcmap::harness {

struct Node {
  void* link;
  uint64_t word;

  static constexpr uint32_t kNumberCell = 0;
  static constexpr uint32_t kIdCell = 1;

  uint64_t number() const { return this[kNumberCell].word; }
  uint64_t id() const { return this[kIdCell].word; }
  void set_number(uint64_t number) { this[kNumberCell].word = number; }

  void set_link(uint32_t cell, void* target) { Heap::store(&this[cell].link, target); }
};
static_assert(sizeof(Node) == 16);

// The type of a cell, by which nodes are told from everything else in a heap.
inline const Type& node_type() {
  static constexpr uint32_t kOffsets[] = {offsetof(Node, link)};
  static const Type type{
      .name = "node", .size = sizeof(Node), .pointer_offsets = kOffsets, .pointer_count = 1};
  return type;
}

// The type of a cell of nodes that have no pointers: the heap does not keep it, and the marker does not read
// them. Their links stay null.
inline const Type& plain_node_type() {
  static const Type type{.name = "plain node", .size = sizeof(Node)};
  return type;
}

// Does every byte read as zero?
inline bool is_zero(const void* memory, size_t bytes) {
  const auto* const begin = static_cast<const char*>(memory);
  return bytes == 0 || (begin[0] == 0 && std::memcmp(begin, begin + 1, bytes - 1) == 0);
}

// Requires: cells >= 2.
// Returns it unrooted.
// Errors: std::bad_alloc.
inline Node* make_node(Heap& heap, uint32_t cells, uint64_t number, uint64_t id,
                       const Type& type = node_type()) {
  Node* const node = static_cast<Node*>(heap.allocate(type, cells));
  node[Node::kNumberCell].word = number;
  node[Node::kIdCell].word = id;
  return node;
}

// Is everything else of a new node zero?
// Requires: cells >= 2.
inline bool is_blank(const Node* node, uint32_t cells) {
  return node[0].link == nullptr && node[1].link == nullptr && is_zero(node + 2, (cells - 2) * sizeof(Node));
}

}  // namespace gcmap::harness
