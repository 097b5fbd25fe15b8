#include "harness/run/families.h"

#include "gcmap/internal/gc/verify/inspector.h"
#include "harness/subject/structure.h"

namespace gcmap::harness {

// What reaches last is added last.
Families::Families(const Config& config, bool oracles, PacingStrategy* pacing)
    : environment(config, oracles),
      injection(environment, pacing,
                [this](ObjectId map, CallbackAction action) { maps.misuse(map, action); }),
      objects(environment),
      lifetimes(environment, objects),
      memory(environment, pacing == nullptr && is_own(static_cast<PacingKind>(config.pacing))),
      reuse(environment, objects, lifetimes),
      maps(environment, objects, lifetimes, reuse),
      heaps(environment, maps),
      steps(environment),
      checks(*this, environment.recorder()) {
  environment.add(lifetimes);
  injection.install();
}

// Nobody is told, and nobody paces, while names let go.
Families::~Families() {
  injection.remove();
  environment.stop_listening();
}

void add_to(Digest& digest, const Families& families, bool metadata) {
  const Environment& environment = families.environment;
  const Heap& heap = environment.heap();
  const auto place = [&](const void* object) { return object == nullptr ? 0 : heap.offset_of(object); };
  for (const MapSlot& slot : families.maps.table().slots()) digest.add(slot.object_id);
  for (size_t i = 0; i < kRoots; ++i) {
    const RootSlot& root = families.objects.root(RootName(i));
    digest.add(root.handle ? place(root.handle->get()) : 0);
  }
  families.maps.table().for_each_live(environment.walk(), [&](ObjectId object_id, const MapRecord& record) {
    digest.add(structure_digest(families.maps.table().inspect(object_id), record.kind));
  });
  HeapInspector(heap).for_each_object([&](const ObjectView& object) {
    digest.add(place(object.address));
    digest.add(object.bytes << 1 | uint64_t{object.marked});
    if (object.type != &node_type()) return;
    const auto* const node = static_cast<const Node*>(object.address);
    digest.add(node->number());
    for (uint32_t i = 0; i < object.bytes / sizeof(Node); ++i) digest.add(place(node[i].link));
  });
  families.objects.arena_nodes().for_each_live([&](ObjectId object_id) {
    const auto* const node = static_cast<const Node*>(environment.graph().address(object_id));
    digest.add(place(node));
    for (uint32_t i = 0; i < environment.graph().links(object_id); ++i) digest.add(place(node[i].link));
  });
  if (const auto size = families.reuse.pool_size()) digest.add(*size);
  if (const auto size = families.reuse.weak_values_size()) digest.add(*size);
  const HeapStats stats = heap.stats();
  for (const uint64_t field : {stats.live_bytes,
                               stats.live_objects,
                               stats.pages_in_use,
                               stats.pages_free,
                               stats.pages_released,
                               metadata ? stats.metadata_bytes : 0,
                               stats.spans_in_use,
                               stats.scavenge_work,
                               stats.allocated_bytes,
                               stats.allocated_objects,
                               stats.freed_objects,
                               stats.cycles,
                               stats.mark_work,
                               stats.sweep_work,
                               stats.marked_bytes_last_cycle,
                               stats.retained_bytes,
                               stats.committed_bytes,
                               stats.trigger_bytes,
                               stats.goal_bytes,
                               stats.roots_scanned_last_cycle,
                               stats.assist_work_bytes,
                               stats.background_work_bytes,
                               stats.idle_work_bytes,
                               stats.assist_ratio_work,
                               stats.assist_ratio_bytes,
                               stats.limiter_fill,
                               stats.limiter_overflow,
                               stats.weak_cells,
                               stats.finalizers_attached,
                               stats.finalizers_queued,
                               stats.finalizers_run,
                               stats.finalizers_failed}) {
    digest.add(field);
  }
}

}  // namespace gcmap::harness
