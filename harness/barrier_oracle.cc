#include "harness/barrier_oracle.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "gc/inspector.h"

namespace gcmap::harness {
namespace {

// Calls visit(slot) for every pointer slot of an object. Types without a trace function are read here and not
// through SlotVisitor: this is the inner loop of the dearest comparison there is.
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
  const Type& type = *object.type;
  if (type.trace != nullptr) {
    Forward forward(visit);
    return visit_slots(type, object.address, object.bytes, forward);
  }
  const auto* const base = static_cast<const char*>(object.address);
  for (size_t element = 0; type.pointer_count != 0 && element < object.bytes; element += type.size) {
    for (uint32_t i = 0; i < type.pointer_count; ++i) {
      visit(reinterpret_cast<void* const*>(base + element + type.pointer_offsets[i]));
    }
  }
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
    younger_.push_back({slot, new_value});
    return;
  }
  if (known->value != old_value) {
    complain(slot, "was " + in_words(known->value) + " when last announced and is " + in_words(old_value) +
                       " at the next announcement");
  }
  known->value = new_value;
}

const BarrierOracle::Slot* BarrierOracle::Reader::find(const void* address) {
  while (next != end && next->address < address) ++next;
  if (next == end || next->address != address) return nullptr;
  ++met;
  return next++;
}

// By address, and of each slot only what was announced last.
void BarrierOracle::sort_younger() {
  const auto by_address = [](const Slot& a, const Slot& b) { return a.address < b.address; };
  if (!std::is_sorted(younger_.begin(), younger_.end(), by_address))
    std::stable_sort(younger_.begin(), younger_.end(), by_address);
  size_t kept = 0;
  for (const Slot& slot : younger_) {
    if (kept > 0 && younger_[kept - 1].address == slot.address) --kept;
    younger_[kept++] = slot;
  }
  younger_.resize(kept);
}

void BarrierOracle::compare(const ObjectView& object, Reader& known, Reader& younger) {
  for_each_slot(object, [&](void* const* slot) {
    const Slot* found = known.find(slot);
    if (found == nullptr) found = younger.find(slot);
    const void* const announced = found != nullptr ? found->value : nullptr;
    if (*slot == announced) return;
    complain(slot, "of a " + std::string(object.type->name) + " is " + in_words(*slot) + ", announced was " +
                       in_words(announced));
  });
}

void BarrierOracle::check() {
  if (!watching_ || failure_) return;
  sort_younger();
  Reader known{slots_.data(), slots_.data() + slots_.size()};
  Reader younger{younger_.data(), younger_.data() + younger_.size()};
  const auto visit = [&](const ObjectView& object) { compare(object, known, younger); };
  HeapInspector(heap_).for_each_object(std::cref(visit));  // by reference: std::function would allocate
  if (known.met != slots_.size()) complain(slots_.front().address, "or another is in no object any more");
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
