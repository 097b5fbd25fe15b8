#include "harness/barrier_oracle.h"

#include <algorithm>
#include <utility>

#include "gc/inspector.h"

namespace gcmap::harness {
namespace {

// Calls visit(slot) for every pointer slot of an object.
template <typename Visit>
void for_each_slot(const ObjectView& object, Visit&& visit) {
  class Forward final : public SlotVisitor {
   public:
    explicit Forward(Visit& target) : target_(target) {}
    void visit(void* const* slot) override { target_(slot); }

   private:
    Visit& target_;
  };
  if (object.type == nullptr) return;
  Forward forward(visit);
  visit_slots(*object.type, object.address, object.bytes, forward);
}

}  // namespace

void BarrierOracle::begin() {
  watching_ = true;
  slots_.clear();
  younger_.clear();
  HeapInspector(heap_).for_each_object([&](const ObjectView& object) {
    for_each_slot(object, [&](void* const* slot) { slots_.push_back({slot, *slot}); });
  });
}

BarrierOracle::Slot* BarrierOracle::find(const void* address) {
  const auto at =
      std::lower_bound(slots_.begin(), slots_.end(), address,
                       [](const Slot& slot, const void* wanted) { return slot.address < wanted; });
  return at != slots_.end() && at->address == address ? &*at : nullptr;
}

void BarrierOracle::on_barrier(const void* slot, const void* old_value, const void* new_value) {
  if (!watching_) return;
  Slot* const known = find(slot);
  if (known == nullptr) {
    younger_[slot] = new_value;
    return;
  }
  if (known->value != old_value) {
    complain(slot, "was " + in_words(known->value) + " when last announced and is " + in_words(old_value) +
                       " at the next announcement");
  }
  known->value = new_value;
}

void BarrierOracle::compare(const ObjectView& object, size_t& next) {
  for_each_slot(object, [&](void* const* slot) {
    const void* announced = nullptr;
    if (next < slots_.size() && slots_[next].address == slot) {
      announced = slots_[next++].value;
    } else if (const auto found = younger_.find(slot); found != younger_.end()) {
      announced = found->second;
    }
    if (*slot == announced) return;
    complain(slot, "of a " + std::string(object.type->name) + " is " + in_words(*slot) + ", announced was " +
                       in_words(announced));
  });
}

void BarrierOracle::check() {
  if (!watching_ || failure_) return;
  size_t next = 0;
  HeapInspector(heap_).for_each_object([&](const ObjectView& object) { compare(object, next); });
}

void BarrierOracle::end() {
  check();
  watching_ = false;
}

bool BarrierOracle::was_shaded(const void* value) const {
  return std::find(shaded_.begin(), shaded_.end(), value) != shaded_.end();
}

void BarrierOracle::complain(const void* slot, const std::string& what) {
  if (failure_) return;
  failure_ = Failure{"G9", "while marking, the pointer slot at heap offset " +
                               std::to_string(heap_.offset_of(slot)) + " " + what};
}

std::string BarrierOracle::in_words(const void* value) const {
  if (value == nullptr) return "null";
  if (!heap_.contains(value)) return "outside the heap";
  return "heap+" + std::to_string(heap_.offset_of(value));
}

std::optional<Failure> BarrierOracle::take_failure() {
  return std::exchange(failure_, std::nullopt);
}

}  // namespace gcmap::harness
