// The order of set_hash and iterators.
#include "harness/go/window_writer.h"

#include <algorithm>
#include <utility>

#include "harness/program/typed_operands.h"

namespace gcmap::harness {

void GoWindowWriter::emit(const Operation& operation) {
  (running_.empty() ? settled_ : since_start_).push_back(operation);
}

GoWindowWriter::Key& GoWindowWriter::with_hash(uint64_t id, uint64_t hash) {
  const auto [it, is_new] = keys_.try_emplace(id);
  Key& key = it->second;
  if (is_new || key.hash != hash) {
    if (!running_.empty() && key.used_in == period_) stop_all();
    settled_.push_back(encode(SetHashOperands{.key = number(id), .hash = hash}));
    key.hash = hash;
  }
  key.used_in = period_;
  return key;
}

void GoWindowWriter::stop_all() {
  while (!running_.empty()) stop(*running_.begin());
}

void GoWindowWriter::forget_entries() {
  for (auto& [id, key] : keys_) {
    if (key.present) key.used_in = period_;
    key.present = false;
  }
}

void GoWindowWriter::make(uint64_t hint) {
  stop_all();
  forget_entries();
  emit(encode(MakeOperands{.hint = number(hint)}));
}

void GoWindowWriter::put(uint64_t id, uint64_t hash, uint64_t value) {
  with_hash(id, hash).present = true;
  emit(encode(PutOperands{.key = number(id), .value = value}));
}

void GoWindowWriter::get(uint64_t id) {
  emit(encode(GetOperands{.key = number(id)}));
}

void GoWindowWriter::erase(uint64_t id) {
  if (const auto it = keys_.find(id); it != keys_.end() && it->second.present) {
    it->second.present = false;
    it->second.used_in = period_;
  }
  emit(encode(EraseOperands{.key = number(id)}));
}

void GoWindowWriter::erase_absent_while_growing(uint64_t id, uint64_t hash) {
  with_hash(id, hash);
  erase(id);
}

void GoWindowWriter::clear() {
  forget_entries();
  emit(encode(ClearOperands{}));
}

void GoWindowWriter::iterate(uint64_t iterator, uint64_t bucket, uint64_t offset) {
  if (running_.empty()) ++period_;
  running_.insert(iterator);
  emit(encode(
      IterateOperands{.iterator = IteratorName(iterator), .bucket = number(bucket), .offset = offset}));
}

void GoWindowWriter::advance(uint64_t iterator, uint64_t count) {
  const uint64_t most = info_of(OperandKind::kCount).greatest;
  for (; count > 0; count -= std::min(count, most)) {
    emit(encode(AdvanceOperands{.iterator = IteratorName(iterator), .count = number(std::min(count, most))}));
  }
}

void GoWindowWriter::stop(uint64_t iterator) {
  emit(encode(StopOperands{.iterator = IteratorName(iterator)}));
  running_.erase(iterator);
  if (!running_.empty()) return;
  settled_.insert(settled_.end(), since_start_.begin(), since_start_.end());
  since_start_.clear();
}

std::vector<Operation> GoWindowWriter::finish() {
  settled_.insert(settled_.end(), since_start_.begin(), since_start_.end());
  since_start_.clear();
  return std::move(settled_);
}

}  // namespace gcmap::harness
