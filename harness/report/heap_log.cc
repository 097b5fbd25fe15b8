#include "harness/report/heap_log.h"

#include "gcmap/internal/gc/weak_cell.h"
#include "harness/subject/node.h"

namespace gcmap::harness {
namespace {

void write_target(const void* target, const ObjectAddresses& addresses, JsonText& json) {
  const ObjectId id = addresses.find(target);
  id == kNoObject ? json.string("lost") : json.number(id);
}

// What the node leads to by its links, as the library has them.
void write_links(const ModelGraph& graph, ObjectId id, const Node* node, const SoundMemory& memory,
                 const ObjectAddresses& addresses, JsonText& json) {
  JsonText weak;
  weak.begin_array();
  json.key("links").begin_array();
  for (uint32_t cell = 0; cell < graph.links(id); ++cell) {
    const void* const link = node[cell].link;
    if (link == nullptr) continue;
    if (graph.weak_link(id, cell) == nullptr) {
      write_target(link, addresses, json.number(cell));
      continue;
    }
    const void* const target = memory.is_object(link) ? static_cast<const WeakCell*>(link)->target : nullptr;
    if (target != nullptr) write_target(target, addresses, weak.number(cell));
  }
  json.end_array();
  weak.end_array();
  if (weak.text() != "[]") json.key("weak_links").raw(weak.text());
}

// The values of which the object is the weak key.
void write_ephemerons(const Node* node, const SoundMemory& memory, const ObjectAddresses& addresses,
                      JsonText& json) {
  JsonText values;
  values.begin_array();
  memory.inspector().for_each_ephemeron_of(
      node, [&](void* const* value) { write_target(*value, addresses, values); });
  values.end_array();
  if (values.text() != "[]") json.key("ephemerons").raw(values.text());
}

}  // namespace

void HeapLog::tell(const SoundMemory& memory, const ObjectAddresses& addresses, JsonText& json) {
  tell_heap(json);
  memory.inspector().for_each_span([&](const Span& span, bool unswept) { tell_span(span, unswept); });
  spans_.end(json);
  const ModelWalk walk = families_.environment.walk();
  for (ObjectId id = 1; id <= families_.environment.graph().size(); ++id) {
    if (ObjectAddresses::is_there(families_, id)) tell_object(id, walk, memory, addresses);
  }
  objects_.end(json);
}

void HeapLog::tell_heap(JsonText& line) {
  const Heap& heap = families_.environment.heap();
  const HeapStats stats = heap.stats();
  JsonText json;
  json.begin_object().key("phase").string(name_of(heap.phase())).key("cycles").number(stats.cycles);
  json.key("live_objects").number(stats.live_objects).key("live_bytes").number(stats.live_bytes);
  json.key("pages_in_use").number(stats.pages_in_use).key("pages_free").number(stats.pages_free);
  json.key("pages_released").number(stats.pages_released);
  json.key("mark_work").number(stats.mark_work).key("sweep_work").number(stats.sweep_work);
  json.key("freed_objects").number(stats.freed_objects);
  json.key("weak_cells").number(stats.weak_cells).key("arena_bytes").number(stats.arena_bytes);
  json.key("finalizers_attached").number(stats.finalizers_attached);
  json.key("finalizers_queued").number(stats.finalizers_queued);
  json.key("pool").number(families_.reuse.pool_size().value_or(0));
  json.key("weak_values").number(families_.reuse.weak_values_size().value_or(0));
  json.end_object();
  if (json.text() == heap_) return;
  heap_ = json.text();
  line.key("heap").raw(heap_);
}

void HeapLog::tell_span(const Span& span, bool unswept) {
  JsonText json;
  json.begin_object().key("page").number(span.first_page).key("pages").number(span.pages);
  json.key("at").number(families_.environment.heap().offset_of(span.base));
  json.key("slot_bytes").number(span.slot_bytes).key("slots").number(span.slot_count);
  json.key("free_index").number(span.free_index);
  json.key("large").boolean(span.large()).key("noscan").boolean(span.noscan());
  json.key("arena").boolean(span.arena).key("retired").boolean(span.retired).key("unswept").boolean(unswept);
  json.key("allocated").string(bits_in_hex(span.slot_count, [&](uint32_t i) {
    return span.is_allocated(i);
  }));
  json.key("marked").string(bits_in_hex(span.slot_count, [&](uint32_t i) { return span.is_marked(i); }));
  if (span.held_count > 0)
    json.key("held").string(bits_in_hex(span.slot_count, [&](uint32_t i) { return span.is_held(i); }));
  spans_.tell(span.first_page, json.end_object().text());
}

// Only nodes have links of their own; what a map leads to its buckets show.
void HeapLog::tell_object(ObjectId id, const ModelWalk& walk, const SoundMemory& memory,
                          const ObjectAddresses& addresses) {
  const ModelGraph& graph = families_.environment.graph();
  const void* const address = graph.address(id);
  JsonText json;
  json.begin_object().key("id").number(id).key("at").number(memory.offset_of(address));
  json.key("map").boolean(graph.is_map(id)).key("reachable").boolean(walk.reached(id));
  const bool sound = memory.covers(address, graph.is_map(id) ? 1 : graph.links(id) * sizeof(Node));
  json.key("alive").boolean(sound);
  if (!graph.is_map(id)) {
    json.key("number").number(graph.number(id)).key("cells").number(graph.links(id));
    if (sound) {
      const auto* const node = static_cast<const Node*>(address);
      write_links(graph, id, node, memory, addresses, json);
      if (memory.is_object(address)) {
        if (memory.inspector().has_finalizer(address)) json.key("finalizer").boolean(true);
        write_ephemerons(node, memory, addresses, json);
      }
    }
  }
  objects_.tell(id, json.end_object().text());
}

}  // namespace gcmap::harness
