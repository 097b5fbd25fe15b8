// WorkBudget: how much an operation may do before it counts as one that comes to no end.
//
// Whoever is called again and again while the library works - the hash function, the sink of events - spends
// a unit of it at each call. Counted work is the same wherever a program runs, which processor time is not:
// so this tells a hang first, and a clock (harness/run/hang_watch.h) what passes through none of them.
//
// It cannot throw: events come from the middle of what must not stop halfway. Whoever is told has to end
// the process.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

namespace gcmap::harness {

class WorkBudget {
 public:
  static constexpr uint64_t kUnlimited = UINT64_MAX;  // no run comes to its end

  // While the innermost of these lasts there are `units` left, then what was left before. The harness's own
  // work, verification above all, is unlimited: it grows with the length of a program, and says nothing.
  class Scope {
   public:
    Scope(WorkBudget& budget, uint64_t units) : budget_(budget), outer_(std::exchange(budget.left_, units)) {}
    ~Scope() { budget_.left_ = outer_; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    WorkBudget& budget_;
    uint64_t outer_;
  };

  // Calls `told` when nothing is left; it must not return.
  void tell(std::function<void()> told) { told_ = std::move(told); }

  void spend() {
    if (left_-- == 0) [[unlikely]]
      told_();
  }

  uint64_t left() const { return left_; }

 private:
  uint64_t left_ = kUnlimited;
  std::function<void()> told_;
};

}  // namespace gcmap::harness
