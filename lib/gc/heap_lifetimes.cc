// Heap's members about lifetimes.
#include <algorithm>
#include <memory>
#include <utility>

#include "gc/cycle/collector.h"
#include "gcmap/handles.h"
#include "gcmap/heap.h"
#include "gcmap/internal/gc/heap_door.h"

namespace gcmap {

void Heap::set_finalizer(void* object, std::function<void(void*)> call) {
  [[maybe_unused]] const ThreadUse::Scope use(range_->use);
  Lifetimes& lifetimes = collector_->lifetimes();
  lifetimes.specials.require_object(object, "set_finalizer");
  lifetimes.finalizers.set(object, std::move(call));
  HeapDoor::shade(*this, object);
}

bool Heap::clear_finalizer(void* object) {
  Lifetimes& lifetimes = collector_->lifetimes();
  lifetimes.specials.require_object(object, "clear_finalizer");
  return lifetimes.finalizers.clear(object);
}

// Those queued meanwhile wait for the next call: a finalizer may set itself again.
size_t Heap::run_finalizers(size_t limit, const FinalizerErrorHandler& on_error) {
  Finalizers& finalizers = collector_->lifetimes().finalizers;
  const size_t count = std::min<uint64_t>(limit, finalizers.queued_count());
  size_t ran = 0;
  while (ran < count) {
    const std::unique_ptr<Finalizer> finalizer(finalizers.pop());
    if (finalizer == nullptr) break;  // a finalizer ran the others
    const RootHandle object(*this, finalizer->target);
    collector_->notify(DecisionPoint::kFinalizerPopped);
    ++ran;
    const std::exception_ptr error = finalizers.call(*finalizer);
    if (error != nullptr && on_error) on_error(error);
  }
  collector_->lifetimes().containers.expunge();
  return ran;
}

}  // namespace gcmap
