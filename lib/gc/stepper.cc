#include "gc/cycle/collector.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/step.h"

namespace gcmap {

bool Stepper::start() {
  [[maybe_unused]] const ThreadUse::Scope use(HeapDoor::thread_use(heap_));
  return HeapDoor::collector(heap_).start();
}
bool Stepper::mark(uint64_t units) {
  [[maybe_unused]] const ThreadUse::Scope use(HeapDoor::thread_use(heap_));
  return HeapDoor::collector(heap_).mark(units);
}
bool Stepper::terminate() {
  [[maybe_unused]] const ThreadUse::Scope use(HeapDoor::thread_use(heap_));
  return HeapDoor::collector(heap_).terminate();
}
bool Stepper::sweep(uint64_t spans) {
  [[maybe_unused]] const ThreadUse::Scope use(HeapDoor::thread_use(heap_));
  return HeapDoor::collector(heap_).sweep(spans);
}
uint64_t Stepper::scavenge(uint64_t pages) {
  [[maybe_unused]] const ThreadUse::Scope use(HeapDoor::thread_use(heap_));
  return HeapDoor::collector(heap_).scavenge(pages);
}
void Stepper::set_pacing(PacingStrategy* strategy) {
  HeapDoor::collector(heap_).set_pacing(strategy);
}
PacingStrategy& Stepper::own_pacing() {
  return HeapDoor::collector(heap_).default_pacing();
}
void Stepper::set_event_sink(EventSink* sink) {
  HeapDoor::collector(heap_).set_sink(sink);
}
uint64_t Stepper::fail_allocation(uint64_t nth) {
  return HeapDoor::collector(heap_).fail_allocation(nth);
}

}  // namespace gcmap
