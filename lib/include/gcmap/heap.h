// The collected heap: memory, collector and mutators of one world of objects.
//
//   gcmap::Heap heap;                          // reserves addresses, commits on demand
//   gcmap::Map<uint64_t, uint64_t> m(heap);    // lives on it
//   heap.collect();                            // or let the pacing strategy decide
//
// A heap is used by one thread at a time, and may be handed to another between two operations, by whatever
// orders them: a lock, a join. Two heaps never touch each other; objects of one never lead to another's.
// Checked builds (GCMAP_CHECKED) end the process where either is not so. Same options, same seed
// and same calls give the same addresses relative to the heap's base, the same structure and the same
// statistics in every build mode (G8).
//
// Ownership: objects belong to the heap and die by collection or with it. Roots (gcmap/handles.h) and
// maps must be gone before their heap is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <vector>

#include "gcmap/internal/alloc/heap_range.h"
#include "gcmap/internal/alloc/type.h"
#include "gcmap/internal/base/event.h"
#include "gcmap/internal/base/random.h"
#include "gcmap/internal/base/violation.h"
#include "gcmap/out_of_memory.h"

namespace gcmap {

class Collector;
class Mutator;

struct HeapOptions {
  size_t range_bytes =
      size_t{64} << 30;  // address space to reserve; a multiple of 1 MiB, at most kHeapRangeAlignment
  // OutOfMemory when pages in use would exceed this, rounded down to whole pages; Heap::set_limit changes it.
  size_t limit_bytes = SIZE_MAX;
  // Of map seeds and iteration starts. The same one makes runs repeat, and map seeds known to
  // everybody. Where keys come from people one does not trust, set it from a random source, or they can
  // choose keys that all share a chain:
  //   std::random_device source; options.seed = uint64_t{source()} << 32 | source();
  uint64_t seed = 0;
  // Pacing, as the Go runtime's GOGC and GOMEMLIMIT; both can be changed later. How: gc/pacing/go_pacing.h.
  int gogc_percent =
      100;  // the heap may grow by so much of what was alive before it is collected; negative: off
  uint64_t memory_limit_bytes =
      UINT64_MAX;  // soft: collect as often as it takes to stay below; see limit_bytes
  // Rare paths made common: production values by default, small ones in fuzz programs.
  uint32_t barrier_buffer_entries = 256;  // 1..1024; pointers shaded per flush
  uint32_t mark_piece_bytes = 128 << 10;  // a larger object is marked in pieces of about this size; >= 64
  uint32_t root_piece_slots = 64;         // roots scanned per unit of mark work; >= 1
  uint32_t mark_stack_entries = 1 << 22;  // grey objects remembered; the rest is found again; >= 1
  uint32_t zero_piece_bytes = 256 << 10;  // a larger object is zeroed in pieces of this size; >= 8
  uint32_t refill_sweep_spans = 100;      // spans swept in search of a free slot before a fresh one; >= 1
  uint64_t limiter_capacity = uint64_t{1} << 31;  // time units of marking beyond half of all; >= 1
  // What a decision of the heap's own pacing marks at most, besides four bytes for each allocated; what it
  // sweeps and an assist scans at least are in proportion. >= 8192
  uint32_t pacing_step_bytes = 512 << 10;
  uint32_t quarantine_objects = 0;  // freed slots held back, poisoned, for this many later frees (0: none)
  // Fill freed objects with 0xdb bytes, so that a dangling read shows without a sanitizer too.
  bool clobber_freed = false;
  bool bypass_pools = false;  // a Pool drops what is put in it, so that every object is a new one
};

// What a heap holds and has done. Units are in the names; "since creation" unless it says "now".
// Every `now` field is recounted by invariant H5.
struct HeapStats {
  uint64_t live_bytes = 0;       // now: size-class bytes of allocated slots and pages of large objects
  uint64_t live_objects = 0;     // now: allocated, swept or not
  uint64_t pages_in_use = 0;     // now: 8 KiB pages in spans
  uint64_t pages_free = 0;       // now: committed pages in the page heap: idle
  uint64_t pages_released = 0;   // now: those of them that take no memory: returned, or never used
  uint64_t spans_in_use = 0;     // now
  uint64_t metadata_bytes = 0;   // now: descriptions of spans, free runs and allocation caches
  uint64_t system_bytes = 0;     // now: committed pages, released or not, and metadata_bytes
  uint64_t allocated_bytes = 0;  // size-class bytes handed out
  uint64_t allocated_objects = 0;
  uint64_t freed_objects = 0;
  uint64_t cycles = 0;         // completed: phase back to idle
  uint64_t forced_cycles = 0;  // begun by Heap::collect or Heap::release_memory
  uint64_t mark_work = 0;      // units: objects or pieces scanned
  uint64_t sweep_work = 0;     // units: spans swept
  uint64_t scavenge_work = 0;  // units: pages returned to the system
  uint64_t marked_bytes_last_cycle = 0;
  uint64_t weak_cells = 0;           // now: objects that are referred to weakly
  uint64_t arena_bytes = 0;          // now: handed out in arenas
  uint64_t arena_retired_bytes = 0;  // now: of freed arenas, and kept because something may lead there still
  uint64_t finalizers_attached = 0;  // now: objects that have one
  uint64_t finalizers_queued = 0;    // now: to be run by Heap::run_finalizers
  uint64_t finalizers_run = 0;
  uint64_t finalizers_failed = 0;  // of those run: threw

  // Pacing: of the heap's own strategy, whichever is installed. Bytes scanned are requested bytes of objects,
  // and 8 a root.
  uint64_t retained_bytes =
      0;  // now: marked by the last cycle or allocated since; what trigger and goal are for
  uint64_t committed_bytes = 0;  // now: pages in use, or idle and not returned to the system
  uint64_t trigger_bytes = 0;    // now: of retained bytes at which a cycle starts; at most goal_bytes
  uint64_t goal_bytes = 0;       // now: of retained bytes at which marking should end; UINT64_MAX: never
  uint64_t roots_scanned_last_cycle = 0;  // bytes
  uint64_t assist_work_bytes = 0;         // scanned by allocations for what they allocate
  uint64_t background_work_bytes = 0;     // scanned by allocations as the collector's share of all time
  uint64_t idle_work_bytes = 0;           // scanned by Heap::idle
  uint64_t assist_ratio_work = 0;         // now: bytes to scan ... both 0 unless marking
  uint64_t assist_ratio_bytes = 0;        // now: ... for so many allocated
  uint64_t limiter_fill = 0;              // now: time units, at most HeapOptions::limiter_capacity
  uint64_t limiter_overflow = 0;          // time units the collector took beyond that
  bool limiting = false;            // now: assists are left out or cut short, lest they take half of all time
  int gogc_percent = 0;             // now; -1: off
  uint64_t memory_limit_bytes = 0;  // now; UINT64_MAX: none

  bool operator==(const HeapStats&) const = default;
};

// What is in the spans of one size class, now. Slots of large objects differ: theirs is 0 bytes.
struct SizeClassStats {
  size_t slot_bytes = 0;
  uint64_t spans = 0;
  uint64_t live_objects = 0;  // allocated, swept or not
  uint64_t live_bytes = 0;    // of their slots
};

class Heap {
 public:
  // Errors: std::system_error when the address range cannot be reserved; std::invalid_argument for
  // options out of range (the message names the option, the value and the bounds).
  explicit Heap(const HeapOptions& options = {});
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  // The heap that owns `address`.
  // Requires: address lies inside a live heap's range.
  // Cost: O(1), one mask.
  static Heap& of(const void* address) { return *HeapRangeHeader::of(address)->heap; }

  // Returns zeroed memory for `count` elements of `type`, aligned to type.alignment. `type` must outlive
  // the heap. May run collector steps before the object exists and, once it is published, after: the
  // caller roots what it holds across the call and roots the result before the next one.
  // Errors: OutOfMemory (gcmap/out_of_memory.h), which says why; then nothing was allocated.
  void* allocate(const Type& type, size_t count = 1);

  // Stores a pointer in a slot of a heap object, through the write barrier. Fast path: one load (the
  // barrier flag, by masking the slot's address) and one predictable branch.
  static void store(void** slot, void* value) {
    HeapRangeHeader* const header = HeapRangeHeader::of(slot);
    GCMAP_USE_CHECK(value == nullptr || HeapRangeHeader::masked(value) == header, HeapRangeHeader::kOtherHeap,
                    value);
    if (header->barrier_on) [[unlikely]]
      barrier_slow(*header, slot, value);
    *slot = value;
  }

  // Completes the running cycle, if any, then runs a whole one: on return everything that was
  // unreachable at the call is gone and swept.
  void collect();

  // Settings of the heap's own pacing strategy, at any time, also while a cycle runs, which is then paced
  // anew. Each returns the old value; a negative percentage means off, and reads as -1; UINT64_MAX: no limit.
  // Nothing is collected before the next decision point, and a cycle that runs goes on to its end. Collection
  // that is off by percentage still happens to keep the limit. The limit is compared with committed_bytes,
  // and is soft: where what is alive does not fit, marking takes up to about half of the time and the heap
  // grows. Time is counted, not measured (gc/pacing/go_pacing.h): 8 ns for a byte allocated, as in a program
  // that works with what it allocates. One that does nothing but allocate is faster than that, and spends up
  // to some three quarters of its seconds in the collector; sweeping comes on top.
  int set_gogc(int percent);
  uint64_t set_memory_limit(uint64_t bytes);

  // Gives the collector time in which the program has nothing to do: up to `work_units` units of the running
  // cycle, marking (a unit: as Stepper::mark), ending the mark phase (one unit) and sweeping (one a span), as
  // far as it goes. Allocation then has less to do. Call where no raw pointer is held.
  // Returns the units done; 0 when no cycle is running: idle starts none.
  uint64_t idle(uint64_t work_units);

  // Collects, then returns the memory of every idle page to the operating system, as Go's debug.FreeOSMemory.
  // Returns the pages it took.
  // Cost: a collection, and O(idle pages).
  uint64_t release_memory();

  // Pages in use may take `bytes` from now on, rounded down to whole pages. Below what is in use, the heap
  // does not grow until it has come down, and nothing else happens.
  // Returns what the limit was.
  // Cost: O(1).
  size_t set_limit(size_t bytes);

  // Lets the pacing strategy work. Call where no raw pointer is held.
  void safepoint();

  // Finalizers. gcmap/finalizer.h has the typed front; gc/lifetime/finalizers.h says what holds when.

  // `call` is called with `object` once it has become unreachable: by run_finalizers, in no particular order
  // but that of who leads to whom, once. What `call` captures lives as long as it does: a handle of the
  // object itself would keep it for ever.
  // Errors: std::invalid_argument unless `object` is the start of an object of this heap, which has no
  // finalizer yet; std::bad_alloc. Then nothing changed.
  // Cost: O(1) but for other specials of the object.
  void set_finalizer(void* object, std::function<void(void*)> call);

  // Takes the finalizer off `object`.
  // Returns whether it had one.
  // Errors: as set_finalizer.
  bool clear_finalizer(void* object);

  // Told of what a finalizer threw.
  using FinalizerErrorHandler = std::function<void(std::exception_ptr)>;

  // Runs up to `limit` of the finalizers that are queued now, oldest first. What one throws goes to
  // `on_error`, if there is one, and no further. Call where no raw pointer is held.
  // Returns how many ran.
  size_t run_finalizers(size_t limit = SIZE_MAX, const FinalizerErrorHandler& on_error = nullptr);

  HeapStats stats() const;

  // One for each size class, large objects first, then by slot size; spans with and without
  // pointers together.
  // Cost: O(spans).
  std::vector<SizeClassStats> size_class_stats() const;
  Phase phase() const;

  // Recounts and re-marks: H1 to H10, G4, G5 and G6 of docs/INVARIANTS.md at any time, G1 once nothing is
  // grey. Empty when all is well; what concerns an object says by which path from a root it is reached.
  // Changes nothing, not even a statistic.
  // Cost: O(pages + objects).
  Violations verify() const;

  // Mutators. A heap begins with one; further ones take turns with it on the heap's thread. Each has an
  // allocation cache, a barrier buffer and a frame of roots of its own; objects belong to all of them.

  // Returns a new mutator, owned by the heap; it is not entered.
  // Errors: std::bad_alloc, then nothing changed.
  Mutator& add_mutator();

  // Makes `mutator` the one that handles, allocation and maps use from now on. Handles stay in the frame of
  // the mutator that was current when they were made.
  // Requires: a mutator of this heap; not called from an EventSink or a PacingStrategy.
  // Cost: O(1).
  void enter(Mutator& mutator);

  // Ends `mutator`: its spans go to the central lists, what its barrier buffer holds is shaded, its counts
  // are kept.
  // Requires: a mutator of this heap, not the current one, which owns no handles any more.
  void remove_mutator(Mutator& mutator);

  // The current one.
  Mutator& mutator() { return *mutator_; }

  // Offset of an address from the base of the range: what digests and reports use in its place.
  uint64_t offset_of(const void* address) const {
    return static_cast<uint64_t>(static_cast<const char*>(address) - reinterpret_cast<const char*>(range_));
  }

  // Is `address` inside the range of this heap?
  bool contains(const void* address) const { return HeapRangeHeader::masked(address) == range_; }

 private:
  friend class HeapDoor;
  static void barrier_slow(HeapRangeHeader& header, void** slot, void* value);

  HeapRangeHeader* range_ = nullptr;
  Random random_;
  std::unique_ptr<Collector> collector_;
  uint64_t forced_cycles_ = 0;
  Mutator* mutator_ = nullptr;  // the collector's current one, here for the fast path
};

}  // namespace gcmap
