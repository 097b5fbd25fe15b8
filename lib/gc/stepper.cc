#include "gc/cycle/collector.h"
#include "gcmap/step.h"

namespace gcmap {

bool Stepper::start() {
  [[maybe_unused]] const ThreadUse::Scope use(heap_.thread_use());
  return heap_.collector_->start();
}
bool Stepper::mark(uint64_t units) {
  [[maybe_unused]] const ThreadUse::Scope use(heap_.thread_use());
  return heap_.collector_->mark(units);
}
bool Stepper::terminate() {
  [[maybe_unused]] const ThreadUse::Scope use(heap_.thread_use());
  return heap_.collector_->terminate();
}
bool Stepper::sweep(uint64_t spans) {
  [[maybe_unused]] const ThreadUse::Scope use(heap_.thread_use());
  return heap_.collector_->sweep(spans);
}
uint64_t Stepper::scavenge(uint64_t pages) {
  [[maybe_unused]] const ThreadUse::Scope use(heap_.thread_use());
  return heap_.collector_->scavenge(pages);
}
void Stepper::set_pacing(PacingStrategy* strategy) {
  heap_.collector_->set_pacing(strategy);
}
PacingStrategy& Stepper::own_pacing() {
  return heap_.collector_->default_pacing();
}
void Stepper::set_event_sink(EventSink* sink) {
  heap_.collector_->set_sink(sink);
}
uint64_t Stepper::fail_allocation(uint64_t nth) {
  return heap_.collector_->fail_allocation(nth);
}

}  // namespace gcmap
