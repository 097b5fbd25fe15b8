// The phases of a collection cycle and what holds in each.
//
//          start            terminate                             last span swept
//   idle ---------> mark ------------> mark termination -> sweep ----------------> idle
//
// idle              barrier off; every span is swept; mark bits are zero.
// mark              barrier on; allocation is black; roots are scanned piece by piece as part of the work.
//                   Weak tricolour invariant: a white object that a black one points to is also reached from
//                   a grey one. Grey is what lies on the mark stack or fell off it (marker.h), in a barrier
//                   buffer, or behind a root slot not yet scanned - those of every mutator, asleep or not.
//                   Roots before their list's cursor hold null or a shaded object.
// mark termination  entered only when nothing is grey, hence G1: everything reachable is marked. Over within
//                   the step that enters it; the barrier stays on until its end.
// sweep             barrier off; the sweep generation has risen by two; a span's mark bits are what its
//                   objects live by until it is swept; a span is swept before it is allocated from;
//                   allocation in a swept span is unmarked, as in idle. When the last span is swept nothing
//                   that was unreachable at the start is left (G2), and nothing else is gone (G3).
//
// Steps. Every phase advances in bounded steps (Collector::start, mark, terminate, sweep); a whole
// collection is a loop over the same steps, whoever drives it: Stepper, a pacing strategy or Heap::collect.
// Between two steps the mutator may do anything. Steps run at decision points, where the mutator holds no
// unrooted pointer. At allocation claimed, zero piece and zeroed, at barrier flush and weak read
// (allows_marking_only) it does: a slot not yet published, the operands of a store, what another weak
// reference led to. Only starting a cycle and marking are carried out there, which free nothing; a slot
// claimed before the cycle began becomes black when it is published. Steps do not nest: a span swept by a
// step, or by a whole collection, is reported, but nobody is asked. Scavenging is no step of the cycle: it
// concerns pages without objects, in whatever phase. Between picking a run of them and releasing it anything
// may be asked for, unless a step is at work.
//
// Mutators. They take turns on one thread: whatever a step does for one - scan roots, flush a barrier buffer,
// flush a cache - it does for all. One that joins while marking has nothing to scan, as its handles are
// shaded when they are made; one that leaves has no roots, and its buffer is drained.
//
// Relied on by: every file of gc/, and base/event.h, whose on_phase gives the transitions.
#pragma once

#include "gcmap/internal/base/event.h"

namespace gcmap {

// Is `to` the phase that follows `from`?
constexpr bool follows(Phase from, Phase to) {
  return static_cast<unsigned>(to) == (static_cast<unsigned>(from) + 1) % kPhaseCount;
}

}  // namespace gcmap
