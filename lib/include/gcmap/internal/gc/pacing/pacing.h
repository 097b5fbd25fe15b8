// How much collector work to do, and when: a strategy asked at every decision point.
//
// The heap asks at the points named in base/event.h and carries out the answer before the operation
// goes on. Whoever installs a strategy decides every interleaving of mutator and collector; the
// production strategy is GoPacing (gc/pacing/go_pacing.h). Strategies are arithmetic on the statistics they
// are shown: no clock, no address.
#pragma once

#include <cstdint>

#include "gcmap/internal/base/event.h"

namespace gcmap {

// Marking that was done: bytes read of objects and roots, and objects, pieces or pieces of roots they
// came in.
struct MarkWork {
  uint64_t bytes = 0;
  uint64_t units = 0;

  MarkWork& operator+=(const MarkWork& more) {
    bytes += more.bytes;
    units += more.units;
    return *this;
  }
  MarkWork since(const MarkWork& before) const { return {bytes - before.bytes, units - before.units}; }
};

// What a strategy sees. Bytes of objects are slot bytes, except where they are scanned.
struct PacingView {
  Phase phase;
  uint64_t live_bytes;               // allocated now, garbage included
  uint64_t marked_bytes_last_cycle;  // what the last mark phase found alive
  uint64_t allocated_bytes;          // since creation
  uint64_t sweep_pages_left;         // pages of spans still to sweep; 0 outside kSweep
  uint64_t retained_bytes = 0;  // now: marked by the last cycle or allocated since it ended; falls only there
  uint64_t scannable_bytes = 0;  // now: of retained_bytes in spans of objects that may hold pointers; free
                                 // slots of the spans in caches count already
  uint64_t heap_scan_bytes = 0;  // scanned in objects, or allocated black in scannable ones, since creation
  uint64_t root_scan_bytes = 0;  // of root slots scanned, since creation
  uint64_t committed_bytes = 0;  // now: pages in use, or idle and not returned to the system
  uint64_t free_bytes = 0;       // now: of these in no span
  MarkWork assist = {};          // marking done for assist_bytes, since creation
  MarkWork background = {};      // for background_bytes
  MarkWork idle = {};            // by Heap::idle
};

// What it answers; carried out in this order, each only in the phase where it makes sense. At points that
// allow marking only (base/event.h) no more than start and marking is: what the operation holds is
// nobody's root.
struct PacingDecision {
  bool start = false;             // kIdle: begin a cycle
  uint64_t mark_units = 0;        // kMark: objects or pieces to scan
  uint64_t background_bytes = 0;  // kMark: go on until so many bytes are scanned; a unit counts as at least 8
  uint64_t assist_bytes = 0;      // the same; apart so that the two are counted apart
  bool terminate = false;         // kMark, when nothing grey is left: end marking
  uint64_t sweep_spans = 0;       // kSweep
  uint64_t sweep_pages = 0;       // kSweep: go on until the spans swept have so many pages
  bool collect = false;           // a whole cycle, whatever the phase
  uint64_t scavenge_pages = 0;    // idle pages to return to the system, whatever the phase
};

// A strategy throws nothing: it is asked in the middle of what must not stop halfway.
class PacingStrategy {
 public:
  virtual ~PacingStrategy() = default;
  virtual PacingDecision decide(DecisionPoint point, const PacingView& view) = 0;
};

// Never does anything: the cycle moves only by Stepper, Heap::idle and Heap::collect.
class ManualPacing final : public PacingStrategy {
 public:
  PacingDecision decide(DecisionPoint, const PacingView&) override { return {}; }
};

}  // namespace gcmap
