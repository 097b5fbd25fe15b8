#include "gcmap/internal/gc/heap_door.h"

#include <cstring>

#include "gc/cycle/collector.h"
#include "gcmap/handles.h"

namespace gcmap {

void HeapDoor::shade_slow(Heap& heap, const void* value) {
  [[maybe_unused]] const ThreadUse::Scope use(heap.range_->use);
  heap.collector_->barrier().before_handle(value);
}

void HeapDoor::store_range(const Type& type, void* target, const void* source, size_t bytes) {
  HeapRangeHeader* const header = HeapRangeHeader::of(target);
  if (header->barrier_on) [[unlikely]] {
    header->heap->collector_->barrier().before_store_range(type, target, source, bytes);
  }
  std::memmove(target, source, bytes);
}

void HeapDoor::clear_range(const Type& type, void* target, size_t bytes) {
  HeapRangeHeader* const header = HeapRangeHeader::of(target);
  if (header->barrier_on) [[unlikely]] {
    header->heap->collector_->barrier().before_store_range(type, target, nullptr, bytes);
  }
  std::memset(target, 0, bytes);
}

void HeapDoor::notify(Heap& heap, DecisionPoint point) noexcept {
  heap.collector_->notify(point);
}

WeakCell* HeapDoor::weak_cell(Heap& heap, void* object) {
  [[maybe_unused]] const ThreadUse::Scope use(heap.range_->use);
  Lifetimes& lifetimes = heap.collector_->lifetimes();
  lifetimes.specials.require_object(object, "a weak reference");
  if (WeakCell* const cell = lifetimes.weak_cells.find(object)) return cell;
  const RootHandle held(heap, object);
  auto* const cell = static_cast<WeakCell*>(heap.allocate(weak_cell_type()));
  lifetimes.weak_cells.attach(object, cell);
  return cell;
}

void* HeapDoor::read_weak(Heap& heap, const WeakCell& cell) {
  [[maybe_unused]] const ThreadUse::Scope use(heap.range_->use);
  return heap.collector_->read_weak(cell);
}

Lifetimes& HeapDoor::lifetimes(Heap& heap) {
  return heap.collector_->lifetimes();
}

RootList& HeapDoor::roots(Heap& heap) {
  return heap.mutator_->roots;
}

}  // namespace gcmap
