// The arena, and what must be so while it lives.
#include <stdexcept>
#include <string>

#include "gcmap/internal/gc/lifetime/arenas.h"
#include "harness/program/boundaries.h"
#include "harness/program/operands.h"
#include "harness/run/reuse/reuse.h"

namespace gcmap::harness {

using std::to_string;

// Links of the heap to its objects stay, and are not followed any more.
bool Reuse::free_arena() {
  if (!arena_) return false;
  objects_.release_arena_nodes();
  arena_->free();
  arena_->free();
  objects_.end_arena_nodes();
  try {
    arena_->allocate(node_type(), 2);
  } catch (const std::logic_error&) {
    arena_.reset();
    return true;
  }
  throw Failure{"H9", "an arena that was freed gave memory"};
}

// In the chunk that small objects are taken from, which the last of them lies in.
uint64_t Reuse::arena_bytes_left() const {
  const std::vector<ObjectId>& nodes = objects_.arena_nodes().all();
  for (size_t i = nodes.size(); i-- > 0 && !objects_.arena_nodes().is_dead(nodes[i]);) {
    if (environment_.graph().links(nodes[i]) * sizeof(Node) > kArenaSharingBytesMax) continue;
    const void* const node = environment_.graph().address(nodes[i]);
    const std::optional<ObjectView> chunk = HeapInspector(environment_.heap()).find(node);
    return chunk ? kArenaChunkBytes - chunk->bytes : 0;
  }
  return 0;
}

Fill Reuse::arena_fill(const Operation& next) const {
  if (!arena_ || arena_->bytes() == 0) return Fill::kEmpty;
  const bool makes = next.kind == OpKind::kArenaNew;
  const uint64_t cells = makes ? decode<ArenaNewOperands>(next).cells : info_of(OperandKind::kCells).least;
  return cells * sizeof(Node) > arena_bytes_left() ? Fill::kBoundary : Fill::kPartly;
}

// G3: while the arena lives, its objects lie in chunks that are in use, as they were made.
void Reuse::check_arena() const {
  const HeapInspector inspector(environment_.heap());
  objects_.arena_nodes().for_each_live([&](ObjectId object_id) {
    const void* const address = environment_.graph().address(object_id);
    const std::optional<ObjectView> chunk = inspector.find(address);
    if (!chunk || chunk->type != &arena_chunk_type() || chunk->bytes == 0 ||
        static_cast<const Node*>(address)->id() != object_id) {
      throw Failure{"G3",
                    "object " + to_string(object_id) + " of the arena is gone, and nobody freed the arena"};
    }
  });
}

// What must be alive besides objects: the chunks of the arena, and those of freed ones that links lead to.
uint64_t Reuse::own_chunks(ObjectSet& owned, const ModelWalk& walk) const {
  uint64_t chunks = 0;
  for (const ObjectId object_id : objects_.arena_nodes().all()) {
    if (!walk.reached(object_id)) continue;
    const std::optional<ObjectView> chunk =
        HeapInspector(environment_.heap()).find(environment_.graph().address(object_id));
    if (!chunk || chunk->type != &arena_chunk_type()) {
      throw Failure{"G3", "in the end something leads to object " + to_string(object_id) +
                              " of an arena, and its memory is used for something else"};
    }
    chunks += owned.add(chunk->address);
  }
  return chunks;
}

}  // namespace gcmap::harness
