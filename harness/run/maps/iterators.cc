#include "harness/run/maps/iterators.h"

namespace gcmap::harness {

Iterators::Iterators(Environment& environment, const MapTable& table) : table_(table), judge_(environment) {
  environment.add(*this);
}

void Iterators::iterate(const MapSlot& map, IteratorName iterator, IterationStart start, uint64_t serial) {
  if (map.subject == nullptr) return stop(iterator);
  std::unique_ptr<SubjectIterator> subject = map.subject->iterate(start);
  IteratorSlot& taken = slots_[iterator.index];
  taken.subject = std::move(subject);
  taken.reference.emplace(map.record->reference, iterator.index, serial, ++iterations_);
  taken.map = map.record->reference->size() != 0 ? map.ref : kNoRef;  // an empty map is let go at once
}

std::optional<std::pair<uint64_t, uint64_t>> Iterators::advance(IteratorName iterator) {
  IteratorSlot& slot = slots_[iterator.index];
  if (slot.subject == nullptr) return std::nullopt;
  const bool ran = !slot.reference->ended();
  const auto words = slot.subject->next();
  std::optional<std::pair<uint64_t, uint64_t>> entry;
  if (words) {
    const bool walks = slot.map != kNoRef;
    entry = walks ? judge_.judged_entry(table_.record(slot.map), words->first, words->second) : words;
  }
  const auto complaint = entry ? slot.reference->produce(entry->first, entry->second) : slot.reference->end();
  if (complaint) throw Failure{complaint->oracle, complaint->detail};
  if (!ran || !entry) stop_subject(slot);
  return entry;
}

void Iterators::stop_subject(IteratorSlot& slot) {
  slot.subject.reset();
  slot.map = kNoRef;
}

void Iterators::stop(IteratorName iterator) {
  IteratorSlot& slot = slots_[iterator.index];
  stop_subject(slot);
  slot.reference.reset();
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

void Iterators::reach(const ReferenceGraph& graph) const {
  for (const IteratorSlot& slot : slots_) graph.reach(slot.map);
}

void Iterators::check_flags() const {
  for (const IteratorSlot& slot : slots_) {
    if (!slot.running() || slot.map == kNoRef) continue;
    MapOracle::check_iterator(table_.inspect(slot.map), *slot.subject);
  }
}

}  // namespace gcmap::harness
