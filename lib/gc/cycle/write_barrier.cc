#include "gc/cycle/write_barrier.h"

namespace gcmap {
namespace {

// Visits the slots of the target and knows what each is about to become.
class RangeVisitor final : public SlotVisitor {
 public:
  RangeVisitor(WriteBarrier& barrier, const void* target, const void* source)
      : barrier_(barrier),
        target_(static_cast<const char*>(target)),
        source_(static_cast<const char*>(source)) {}

  void visit(void* const* slot) override {
    const void* value = nullptr;
    if (source_ != nullptr) {
      value = *reinterpret_cast<void* const*>(source_ + (reinterpret_cast<const char*>(slot) - target_));
    }
    barrier_.before_store(slot, value);
  }

 private:
  WriteBarrier& barrier_;
  const char* target_;
  const char* source_;
};

}  // namespace

void WriteBarrier::before_store(void* const* slot, const void* value) {
  if (sink_ != nullptr && *slot != value) sink_->on_barrier(slot, *slot, value);
  shade(*slot);
  shade(value);
}

void WriteBarrier::before_store_range(const Type& type, const void* target, const void* source,
                                      size_t bytes) {
  RangeVisitor visitor(*this, target, source);
  visit_slots(type, target, bytes, visitor);
}

void WriteBarrier::before_handle(const void* value) {
  if (sink_ != nullptr) sink_->on_shade(value);
  shade(value);
}

void WriteBarrier::shade(const void* address) {
  Mutator& mutator = mutators_.current();
  if (address != nullptr && mutator.barrier.add(address)) flush_.flush_full(mutator);
}

}  // namespace gcmap
