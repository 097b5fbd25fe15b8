#include "harness/run/maps/iterators.h"

#include <functional>
#include <string>

#include "gcmap/internal/gc/verify/inspector.h"

namespace gcmap::harness {

Iterators::Iterators(Environment& environment, const MapTable& table)
    : environment_(environment), table_(table), judge_(environment) {
  environment.add(*this);
}

void Iterators::iterate(const MapSlot& map, IteratorName iterator, IterationStart start, uint64_t serial) {
  if (map.adapter == nullptr) return stop(iterator);
  std::unique_ptr<AdapterIterator> adapter = map.adapter->iterate(start);
  IteratorSlot& taken = slots_[iterator.index];
  taken.adapter = std::move(adapter);
  taken.model.emplace(map.record->model, iterator.index, serial, ++iterations_);
  taken.map = map.record->model->size() != 0 ? map.object_id : kNoObject;  // an empty map is let go at once
}

std::optional<std::pair<uint64_t, uint64_t>> Iterators::advance(IteratorName iterator) {
  IteratorSlot& slot = slots_[iterator.index];
  if (slot.adapter == nullptr) return std::nullopt;
  const bool ran = !slot.model->ended();
  const auto words = slot.adapter->next();
  std::optional<std::pair<uint64_t, uint64_t>> entry;
  if (words) {
    const bool walks = slot.map != kNoObject;
    entry = walks ? judge_.judged_entry(table_.record(slot.map), words->first, words->second) : words;
  }
  const auto complaint = entry ? slot.model->produce(entry->first, entry->second) : slot.model->end();
  if (complaint) throw Failure{complaint->oracle, complaint->detail};
  if (!entry) expect_empty(slot.adapter->memory());
  if (!ran || !entry) stop_adapter(slot);
  return entry;
}

void Iterators::expect_empty(std::span<const std::byte> memory) const {
  if (!environment_.oracles()) return;
  HeapInspector(environment_.heap()).for_each_root([&](void* const* slot) {
    const auto* const at = reinterpret_cast<const std::byte*>(slot);
    const bool is_its_own =
        !std::less<>()(at, memory.data()) && std::less<>()(at, memory.data() + memory.size());
    if (is_its_own && *slot != nullptr) {
      throw Failure{"G2", "a loop that has come to its end holds the object at heap offset " +
                              std::to_string(environment_.heap().offset_of(*slot))};
    }
  });
}

void Iterators::stop_adapter(IteratorSlot& slot) {
  slot.adapter.reset();
  slot.map = kNoObject;
}

void Iterators::stop(IteratorName iterator) {
  IteratorSlot& slot = slots_[iterator.index];
  stop_adapter(slot);
  slot.model.reset();
}

void Iterators::stop_all() {
  for (size_t i = 0; i < kIterators; ++i) stop(IteratorName(i));
}

bool Iterators::any_running() const {
  for (const IteratorSlot& slot : slots_) {
    if (slot.running()) return true;
  }
  return false;
}

void Iterators::reach(ModelWalk& walk) const {
  for (const IteratorSlot& slot : slots_) walk.reach(slot.map);
}

void Iterators::check_flags() const {
  for (const IteratorSlot& slot : slots_) {
    if (!slot.running() || slot.map == kNoObject) continue;
    MapOracle::check_iterator(table_.inspect(slot.map), *slot.adapter);
  }
}

}  // namespace gcmap::harness
