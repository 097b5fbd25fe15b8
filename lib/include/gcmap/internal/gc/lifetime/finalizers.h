// Finalizers: what is to be called when an object has become unreachable.
//
// As in Go (runtime/mfinal.go), with the queue in the embedder's hands instead of a goroutine's.
//
//   set ----> attached ----------------------> queued ----------> called, gone
//             a special of its object          by the sweeper      by Heap::run_finalizers
//
// attached  Everything the object leads to is marked as if from a root, the object itself is not: it dies
//           when nothing else leads to it, and whatever it needs is still there. Hence order: of a chain of
//           objects with finalizers only the first is queued, the next one once the first is gone. An object
//           on a circle leads to itself and is never finalized, as in Go.
// queued    The sweeper found the object unmarked: its weak cell is cleared first, then the finalizer is
//           taken off it, and the object is marked - it lives on until the finalizer has run and a later
//           cycle finds it unreachable again. The queue holds it as a root does.
// called    Outside any step, from a handle of the current mutator. It runs once, and may do anything: keep
//           the object, set another finalizer, collect, run finalizers.
//
// Invariants: G4. While marking, whatever a finalizer attached before lets the object need is marked when
// scan_done; one attached later has had its object shaded.
//
// Relied on by: the sweeper, through Lifetimes; Collector::scan_roots.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <utility>

#include "gcmap/internal/base/intrusive_list.h"
#include "gcmap/internal/gc/lifetime/root_marker.h"
#include "gcmap/internal/gc/lifetime/specials.h"

namespace gcmap {

class Heap;

using FinalizerFunction = std::function<void(void*)>;

struct Finalizer : Special, ListLink<Finalizer> {
  explicit Finalizer(FinalizerFunction function) : Special(Kind::kFinalizer), call(std::move(function)) {}

  FinalizerFunction call;
  void* target = nullptr;  // its object, attached or queued
};

class Finalizers {
 public:
  explicit Finalizers(Specials& specials) : specials_(specials) {}
  ~Finalizers();
  Finalizers(const Finalizers&) = delete;
  Finalizers& operator=(const Finalizers&) = delete;

  // Requires: the start of a live object.
  // Errors: std::invalid_argument if it has one already; std::bad_alloc; then nothing changed.
  void set(void* object, FinalizerFunction call);

  // Returns whether there was one.
  bool clear(void* object) noexcept;

  // Scanning, a unit at a time. scan_one returns false when everything is scanned.
  void begin_scan();
  bool scan_one(RootMarker& marker) noexcept;
  bool scan_done() const { return next_queued_ == nullptr && next_attached_ == nullptr; }

  // The sweeper found the object of `finalizer` dead: takes it off and queues it.
  void queue(Finalizer& finalizer) noexcept;

  // Takes the oldest of the queue; null when it is empty. The caller owns it, roots its object and calls it.
  Finalizer* pop() noexcept;

  // Calls one that pop returned.
  // Returns what it threw.
  std::exception_ptr call(const Finalizer& finalizer) noexcept;

  // For verifiers.
  template <typename Visit>
  void for_each_attached(Visit&& visit) const {
    attached_.for_each(visit);
  }
  template <typename Visit>
  void for_each_queued(Visit&& visit) const {
    queued_.for_each(visit);
  }

  uint64_t attached_count() const { return attached_count_; }
  uint64_t queued_count() const { return queued_count_; }
  uint64_t run_count() const { return run_count_; }        // since creation
  uint64_t failed_count() const { return failed_count_; }  // of those, the ones that threw

 private:
  void unlink_attached(Finalizer& finalizer);

  Specials& specials_;
  IntrusiveList<Finalizer> attached_;
  IntrusiveList<Finalizer> queued_;
  Finalizer* next_attached_ = nullptr;  // to scan next; null: all are scanned
  Finalizer* next_queued_ = nullptr;
  uint32_t piece_ = 0;  // of the object of next_attached_
  uint64_t attached_count_ = 0;
  uint64_t queued_count_ = 0;
  uint64_t run_count_ = 0;
  uint64_t failed_count_ = 0;
};

}  // namespace gcmap
