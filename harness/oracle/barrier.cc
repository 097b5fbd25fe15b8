#include "harness/oracle/barrier.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>

namespace gcmap::harness {

void BarrierOracle::begin() {
  watching_ = true;
  slots_.clear();
  stores_.clear();
  promised_.clear();
  slots_at_begin_ = 0;
  HeapInspector(heap_).for_each_object([this](const ObjectView& object) {
    for_each_slot(object, [this](void* const* slot) {
      ++slots_at_begin_;
      if (*slot != nullptr) slots_.push_back({slot, *slot});
    });
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
  promised_.insert(promised_.end(), {old_value, new_value});
  if (Slot* const known = find(slot)) {
    announce(*known, old_value, new_value);
  } else {
    stores_.push_back({slot, old_value, new_value});
  }
}

void BarrierOracle::announce(Slot& slot, const void* before, const void* after) {
  if (slot.value != before) {
    complain(slot.address, "was " + in_words(slot.value) + " when last announced and is " + in_words(before) +
                               " at the next announcement");
  }
  slot.value = after;
}

void BarrierOracle::on_shade(const void* value) {
  shaded_.push_back(value);
  if (watching_) promised_.push_back(value);
}

// Brings the stores to new slots into slots_: of each what was announced last.
void BarrierOracle::settle_new_slots() {
  std::stable_sort(stores_.begin(), stores_.end(),
                   [](const Store& a, const Store& b) { return a.slot < b.slot; });
  const auto old_end = static_cast<ptrdiff_t>(slots_.size());
  const void* last = nullptr;
  for (const Store& store : stores_) {
    if (store.slot != std::exchange(last, store.slot)) slots_.push_back({store.slot, nullptr});
    announce(slots_.back(), store.before, store.after);
  }
  stores_.clear();
  std::inplace_merge(slots_.begin(), slots_.begin() + old_end, slots_.end(),
                     [](const Slot& a, const Slot& b) { return a.address < b.address; });
}

// Of chunks of arenas that were freed, which have no bytes.
void BarrierOracle::forget_retired_slots() {
  if (heap_.stats().arena_retired_bytes == 0) return;
  const HeapInspector inspector(heap_);
  std::erase_if(slots_, [&](const Slot& slot) {
    const auto object = inspector.find(slot.address);
    return object && object->bytes == 0;
  });
}

void BarrierOracle::check() {
  if (!watching_ || failure_) return;
  settle_new_slots();
  forget_retired_slots();
  slots_.push_back({nullptr, nullptr});  // behind the last: the address of none
  const Slot* next = slots_.data();
  const auto compare = [&](const ObjectView& object) {
    for_each_slot(object, [&](void* const* slot) {
      const bool known = next->address == slot;
      const void* const announced = known ? next++->value : nullptr;  // a new slot begins as null
      if (*slot != announced) [[unlikely]]
        complain_unannounced(object, slot, announced);
    });
  };
  HeapInspector(heap_).for_each_object(std::cref(compare));  // by reference: std::function would allocate
  if (next->address != nullptr) complain(next->address, "is in no object");
  slots_.pop_back();
}

void BarrierOracle::complain_unannounced(const ObjectView& object, void* const* slot, const void* announced) {
  complain(slot, "of a " + std::string(object.type->name) + " is " + in_words(*slot) + ", announced was " +
                     in_words(announced));
}

void BarrierOracle::on_free(const void* object) {
  if (!watching_ || failure_) return;
  failure_ = Failure{"G9", "while marking, the object at heap offset " +
                               std::to_string(heap_.offset_of(object)) + " was freed"};
}

void BarrierOracle::end() {
  check();
  check_promises();
  watching_ = false;
}

void BarrierOracle::check_promises() {
  if (!watching_ || failure_) return;
  const HeapInspector inspector(heap_);
  for (const void* const value : promised_) {
    if (value == nullptr) continue;
    const auto object = inspector.find(value);
    if (object && object->marked) continue;
    failure_ = Failure{"G9", "the write barrier was told of the object at " + in_words(value) +
                                 ", and marking ended without marking it"};
    return;
  }
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
