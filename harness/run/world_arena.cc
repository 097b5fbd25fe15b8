// The arena: every operation on both sides.
#include <stdexcept>
#include <string>

#include "gcmap/internal/gc/arenas.h"
#include "gcmap/internal/gc/inspector.h"
#include "harness/run/world.h"

namespace gcmap::harness {

using std::to_string;

void World::arena_new(size_t root, uint32_t cells) {
  if (!arena_) arena_.emplace(heap_);
  const Ref ref = graph_.add_node(0, cells);
  auto* const node = static_cast<Node*>(arena_->allocate(node_type(), cells));
  node[Node::kIdCell].word = ref;
  graph_.set_address(ref, node);
  arena_nodes_.add(ref);
  set_root(root, node, ref);
}

// Links of the heap to its objects stay, and are not followed any more.
bool World::arena_free() {
  if (!arena_) return false;
  for (size_t root = 0; root < kRoots; ++root) {
    if (arena_nodes_.contains(roots_[root].ref)) release(root);
  }
  arena_->free();
  arena_->free();
  arena_nodes_.end(graph_);
  try {
    arena_->allocate(node_type(), 2);
  } catch (const std::logic_error&) {
    arena_.reset();
    return true;
  }
  throw Failure{"H9", "an arena that was freed gave memory"};
}

// G3: while the arena lives, its objects lie in chunks that are in use, as they were made.
void World::check_arena() const {
  const HeapInspector inspector(heap_);
  arena_nodes_.for_each_live([&](Ref ref) {
    const void* const address = graph_.address(ref);
    const std::optional<ObjectView> chunk = inspector.find(address);
    if (!chunk || chunk->type != &arena_chunk_type() || chunk->bytes == 0 ||
        static_cast<const Node*>(address)->id() != ref) {
      throw Failure{"G3", "object " + to_string(ref) + " of the arena is gone, and nobody freed the arena"};
    }
  });
}

// What must be alive besides things: the chunks of the arena, and those of freed ones that links lead to.
uint64_t World::own_chunks(ObjectSet& owned) const {
  uint64_t chunks = 0;
  for (const Ref ref : arena_nodes_.all()) {
    if (!graph_.reached(ref)) continue;
    const std::optional<ObjectView> chunk = HeapInspector(heap_).find(graph_.address(ref));
    if (!chunk || chunk->type != &arena_chunk_type()) {
      throw Failure{"G3", "in the end something leads to object " + to_string(ref) +
                              " of an arena, and its memory is used for something else"};
    }
    chunks += owned.add(chunk->address);
  }
  return chunks;
}

}  // namespace gcmap::harness
