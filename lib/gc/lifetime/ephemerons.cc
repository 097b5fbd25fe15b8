#include "gcmap/internal/gc/lifetime/ephemerons.h"

#include <memory>

#include "gcmap/heap.h"
#include "gcmap/internal/base/counter.h"
#include "gcmap/internal/gc/heap_door.h"
#include "gcmap/internal/gc/lifetime/lifetimes.h"

namespace gcmap {

EphemeronTable::EphemeronTable(Heap& heap) : heap_(heap), specials_(HeapDoor::lifetimes(heap).specials) {
  HeapDoor::lifetimes(heap).add_dependent();
}

EphemeronTable::~EphemeronTable() {
  clear();
  HeapDoor::lifetimes(heap_).remove_dependent();
}

Ephemeron* EphemeronTable::entry_of(const void* key) const {
  for (Special* special = specials_.first_on(key); special != nullptr; special = special->next) {
    if (special->kind != Special::Kind::kEphemeron) continue;
    auto* const entry = static_cast<Ephemeron*>(special);
    if (&entry->table == this) return entry;
  }
  return nullptr;
}

void* EphemeronTable::find(const void* key) const {
  const Ephemeron* const entry = entry_of(key);
  return entry != nullptr ? entry->value : nullptr;
}

bool EphemeronTable::set(void* key, void* value) {
  if (Ephemeron* const entry = entry_of(key)) {
    HeapDoor::shade(heap_, entry->value);
    HeapDoor::shade(heap_, value);
    entry->value = value;
    return false;
  }
  auto entry = std::make_unique<Ephemeron>(*this, value);
  specials_.attach(*entry, key);
  HeapDoor::shade(heap_, value);
  Ephemeron& added = *entry.release();
  entries_.push_back(added);
  loops_.for_each([&](Loop& loop) {
    if (loop.next_ == nullptr) loop.next_ = &added;  // it stands on what was the last entry
  });
  ++count_;
  return true;
}

bool EphemeronTable::erase(const void* key) noexcept {
  Ephemeron* const entry = entry_of(key);
  if (entry == nullptr) return false;
  HeapDoor::shade(heap_, entry->value);
  forget(*entry);
  return true;
}

void EphemeronTable::clear() noexcept {
  while (Ephemeron* const entry = entries_.front()) {
    HeapDoor::shade(heap_, entry->value);
    forget(*entry);
  }
}

void EphemeronTable::forget(Ephemeron& entry) noexcept {
  specials_.detach(entry);
  loops_.for_each([&](Loop& loop) {
    if (loop.next_ == &entry) loop.next_ = entry.list_next;
  });
  entries_.remove(entry);
  take_off(count_, 1, "entries of a weak map");
  delete &entry;
}

bool EphemeronTable::is_live(const Ephemeron& entry) const {
  return heap_.phase() != Phase::kSweep || HeapDoor::lifetimes(heap_).is_alive(entry.object);
}

uint64_t EphemeronTable::size() const {
  if (heap_.phase() != Phase::kSweep) return count_;
  uint64_t live = 0;
  entries_.for_each([&](const Ephemeron& entry) { live += is_live(entry); });
  return live;
}

EphemeronTable::Loop::Loop(EphemeronTable& table) : table_(table), next_(table.entries_.front()) {
  table.loops_.push_back(*this);
}

EphemeronTable::Loop::~Loop() {
  table_.loops_.remove(*this);
}

bool EphemeronTable::Loop::next() {
  while (next_ != nullptr && !table_.is_live(*next_)) next_ = next_->list_next;
  if (next_ == nullptr) return false;
  key_ = next_->object;
  value_ = next_->value;
  next_ = next_->list_next;
  return true;
}

}  // namespace gcmap
