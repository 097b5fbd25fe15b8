// A read-only look at every object of a heap: for verifiers, digests, reports and oracles.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "gcmap/heap.h"

namespace gcmap {

struct Span;

struct ObjectView {
  const void* address;
  size_t bytes;      // requested
  const Type* type;  // null for noscan objects
  bool marked;
};

// Calls visit(slot) for every pointer slot of an object. Types without a trace function are read here and not
// through SlotVisitor: this is the inner loop of every walk of a heap.
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
    return type.trace(type, object.address, object.bytes, forward);
  }
  const uint32_t* const offsets = type.pointer_offsets;
  const uint32_t* const offsets_end = offsets + type.pointer_count;
  if (offsets == offsets_end) return;
  const auto* const end = static_cast<const char*>(object.address) + object.bytes;
  for (const auto* element = static_cast<const char*>(object.address); element < end; element += type.size) {
    for (const uint32_t* offset = offsets; offset != offsets_end; ++offset)
      visit(reinterpret_cast<void* const*>(element + *offset));
  }
}

// A set of objects of one heap: one bit for every 8 bytes, where objects start, of the range handed out when
// the set was emptied.
class ObjectSet {
 public:
  // Keeps its storage.
  void clear(const Heap& heap);

  // Each returns whether it changed the set.
  bool add(const void* object);
  bool remove(const void* object);
  bool contains(const void* object) const;

  size_t size() const { return size_; }
  // The one with the lowest address.
  // Requires: size() > 0.
  // Cost: O(range).
  const void* first() const;

 private:
  size_t index_of(const void* object) const {
    return static_cast<size_t>(static_cast<const char*>(object) - base_) / 8;
  }

  const char* base_ = nullptr;
  std::vector<uint64_t> words_;
  size_t size_ = 0;
};

// What can be reached from the roots, by a plain depth-first walk that shares no code with the marker. Who
// walks often keeps the walk: its storage stays.
class HeapWalk {
 public:
  using Visitor = std::function<void(const ObjectView&)>;

  // Calls visit, if there is one, once for each reachable object. Pointers that lead outside every live
  // object are reported as H7 in `violations`, unless that is null.
  void run(const Heap& heap, Violations* violations, const Visitor& visit = nullptr);

  // The same from one object, in place of the roots.
  void run_from(const Heap& heap, const void* object, const Visitor& visit);

  // By the last run.
  const ObjectSet& reached() const { return reached_; }

 private:
  template <typename EachStart>
  void walk(const Heap& heap, Violations* violations, const Visitor& visit, EachStart&& each_start);

  ObjectSet reached_;
  std::vector<ObjectView> work_;
};

class HeapInspector {
 public:
  explicit HeapInspector(const Heap& heap) : heap_(heap) {}

  // The object that contains `address` (interior pointers included); nothing if no live object does.
  std::optional<ObjectView> find(const void* address) const;

  // Every allocated object in address order. While a sweep is running, objects in unswept spans that the
  // sweep will free are left out, and so is what an allocation is making at kAllocationClaimed,
  // kAllocationZeroPiece and kAllocationZeroed.
  void for_each_object(const std::function<void(const ObjectView&)>& visit) const;

  // Every span in address order, and whether it waits for the sweeper: its mark bits then tell who lives.
  void for_each_span(const std::function<void(const Span& span, bool unswept)>& visit) const;

  // Where objects can lie: from the range's first page to the last that was ever handed out.
  std::span<const char> touched() const;

  // Every root slot: handles, what allocation is about to return, weak cells, objects whose finalizers are
  // queued, and the slots of objects that have finalizers.
  void for_each_root(const std::function<void(void* const* slot)>& visit) const;

  // The values that the object, which is one, is the key of.
  void for_each_ephemeron_of(const void* object, const std::function<void(void* const* value)>& visit) const;

  // Can the object be a key, or have a finalizer? Whether it has one.
  bool has_specials(const void* object) const;
  bool has_finalizer(const void* object) const;

  // What a HeapWalk visits.
  std::vector<ObjectView> reachable(Violations* violations) const;

 private:
  bool is_claimed(const void* slot) const;
  std::optional<ObjectView> allocated(const void* object) const;

  const Heap& heap_;
};

}  // namespace gcmap
