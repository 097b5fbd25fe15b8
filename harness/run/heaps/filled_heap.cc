#include "harness/run/heaps/filled_heap.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>

#include "harness/oracle/failure.h"

namespace gcmap::harness {
namespace {

using std::to_string;

constexpr Type kGarbage{.name = "garbage", .size = 1, .alignment = 8};
constexpr char kJunk = '\xa5';

// Small ones of several classes, large ones of several pages.
constexpr uint64_t kBytes[] = {1024, 96, 40'960, 3'008, 9'216, 528};
constexpr size_t kSizes = std::size(kBytes);

}  // namespace

void FilledHeap::expect_zero(const void* object, uint64_t bytes) const {
  if (is_zero(object, bytes)) return;
  throw Failure{"H14", "an object of " + to_string(bytes) + " bytes at offset " +
                           to_string(heap_.offset_of(object)) +
                           " of another heap was not zero when it was made"};
}

// Its words are what a pointer must not be taken for.
void FilledHeap::make_node(uint64_t bytes) {
  const uint64_t cells = bytes / sizeof(Node);
  auto* const node = static_cast<Node*>(heap_.allocate(node_type(), cells));
  expect_zero(node, bytes);
  for (uint64_t i = 0; i < cells; ++i) std::memset(&node[i].word, kJunk, sizeof node[i].word);
  node->set_number(++nodes_);
  node->set_link(0, last_.get());
  last_ = node;
}

void FilledHeap::make_garbage(uint64_t bytes) {
  void* const object = heap_.allocate(kGarbage, bytes);
  expect_zero(object, bytes);
  std::memset(object, kJunk, bytes);
}

void FilledHeap::check_list() const {
  uint64_t number = nodes_;
  for (const Node* node = last_.get(); node != nullptr;
       node = static_cast<const Node*>(node->link), --number) {
    if (node->number() != number)
      throw Failure{"G3", "the list of another heap has object " + to_string(node->number()) +
                              " in place of " + to_string(number)};
  }
  if (number != 0) throw Failure{"G3", "the list of another heap lacks " + to_string(number) + " objects"};
}

void FilledHeap::fill(uint64_t pages) {
  size_t next = 0;
  const auto make = [&] {
    const uint64_t bytes = kBytes[next % kSizes];
    next++ % 3 == 0 ? make_node(bytes) : make_garbage(bytes);
  };
  while (heap_.stats().pages_in_use < pages) make();
  heap_.collect();
  const uint64_t alive = heap_.stats().live_objects;
  if (alive != nodes_)
    throw Failure{"G2",
                  "another heap holds " + to_string(alive) + " objects, and a list of " + to_string(nodes_)};
  for (size_t made = next / 2; made > 0; --made) make();
  check_list();
  throw_first(heap_.verify(), "in another heap: ");
}

}  // namespace gcmap::harness
