// What the heap's own pacing decides, reckoned again decision by decision from what it was shown (G12).
//
//   background  a quarter of the time since marking began, of which a byte allocated is 16 units, a byte
//               scanned one, and getting to an object 64; at most a step and four bytes for each allocated
//   assist      what the bytes allocated owe at the ratio of now, less what background and idle time have
//               scanned and nobody has taken; an eighth of a step at least, and what is too much is paid in
//               advance; with the background within the same bound, and less once the limiter has little room
//   sweep       a page at least; at most a page for each 2048 bytes of a step, and four for each allocated
//
// and what was decided is done: no less while marking goes on, and at most a piece more of either kind.
// Numbers are wide: nothing wraps or saturates here. It is asked at every decision point, so that it knows
// what a cycle began with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gcmap/heap.h"
#include "gcmap/internal/gc/pacing/pacing.h"
#include "harness/oracle/failure.h"

namespace gcmap::harness {

class PacingOracle {
 public:
  // `heap` must outlive it. `options` are the heap's.
  PacingOracle(const Heap& heap, const HeapOptions& options) : heap_(heap), options_(options) {}

  // The strategy was shown `view` and answered. `cycles`: begun so far.
  void judge(DecisionPoint point, const PacingView& view, const PacingDecision& decision, uint64_t cycles);

  // The first complaint since the last call. Nothing may be thrown through the collector.
  std::optional<Failure> take_failure();

 private:
  __extension__ using Wide = __int128;

  void follow(const PacingView& view, uint64_t cycles);
  void judge_done(const PacingView& view, uint64_t cycles);
  void judge_marking(const PacingView& view, const PacingDecision& decision);
  Wide background_due(const PacingView& view) const;
  Wide assist_due(const PacingView& view, const HeapStats& stats, Wide background);
  void complain(const std::string& what, Wide decided, Wide expected);
  uint64_t allocated(const PacingView& view) const { return view.allocated_bytes - settled_.allocated_bytes; }

  const Heap& heap_;
  const HeapOptions options_;
  std::optional<Failure> failure_;
  bool asked_ = false;        // at any decision point
  PacingView seen_{};         // at the last one
  PacingView last_{};         // at the last decision
  PacingDecision decided_{};  // then
  uint64_t cycles_ = 0;       // begun, then
  // Of the cycle that marks.
  uint64_t marking_ = 0;  // its number; 0: none
  PacingView start_{};
  PacingView settled_{};  // up to which bytes allocated and scanned are in these:
  Wide balance_ = 0;      // bytes allocated that are paid for in advance; negative: owed
  Wide credit_ = 0;       // bytes scanned that pay for assists
  bool sure_ = true;      // is all of that known?
};

}  // namespace gcmap::harness
