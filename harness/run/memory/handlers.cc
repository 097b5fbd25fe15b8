// Memory and pacing: every operation on both sides. A percentage of 1000 is off, a limit of 0 pages none.
#include <string>

#include "gcmap/step.h"
#include "harness/run/memory/memory.h"

namespace gcmap::harness {
namespace {

using std::to_string;

template <typename T>
void expect_setting(const char* what, T expected, T actual) {
  if (expected == actual) return;
  throw Failure{
      "G6", std::string(what) + " was " + to_string(expected) + ", and the heap says " + to_string(actual)};
}

}  // namespace

void Memory::do_operation(const SetGogcOperands& op, Step&) {
  const int wanted = op.percent == 1000 ? -1 : static_cast<int>(op.percent);
  expect_setting("the percentage", gogc_percent_, environment_.heap().set_gogc(wanted));
  gogc_percent_ = wanted;
}

void Memory::do_operation(const SetLimitOperands& op, Step&) {
  set_limit(op.pages);
}

void Memory::set_limit(uint32_t pages) {
  const size_t wanted = pages == 0 ? SIZE_MAX : pages * kPageBytes;
  expect_setting("the limit", limit_bytes_, environment_.heap().set_limit(wanted));
  limit_bytes_ = wanted;
}

void Memory::do_operation(const SetSoftLimitOperands& op, Step&) {
  const uint64_t wanted = op.pages == 0 ? UINT64_MAX : op.pages * kPageBytes;
  expect_setting("the soft limit", soft_limit_bytes_, environment_.heap().set_memory_limit(wanted));
  soft_limit_bytes_ = wanted;
}

void Memory::do_operation(const IdleOperands& op, Step& step) {
  Heap& heap = environment_.heap();
  const bool was_idle = heap.phase() == Phase::kIdle;
  const uint64_t units = op.units;
  const uint64_t done = heap.idle(units);
  if (done > units || (was_idle && done > 0))
    throw Failure{"G6", "of " + to_string(units) + " units of idle work " + to_string(done) + " were done"};
  step.answer(done);
  if (step.mode().talks) step.say(to_string(done) + " done");
}

// H6: what is returned is idle, and counted once.
void Memory::do_operation(const ScavengeOperands& op, Step& step) {
  Heap& heap = environment_.heap();
  const uint64_t pages = op.pages;
  const HeapStats before = heap.stats();
  const uint64_t returned = pages == 0 ? heap.release_memory() : Stepper(heap).scavenge(pages);
  const HeapStats after = heap.stats();
  if ((pages != 0 && returned > pages) || after.scavenge_work - before.scavenge_work < returned ||
      after.pages_released > after.pages_free) {
    throw Failure{"H6", "of " + to_string(before.pages_free) + " idle pages " + to_string(returned) +
                            " were returned, and " + to_string(after.pages_released) + " are, when " +
                            to_string(pages) + " were asked for"};
  }
  step.answer(returned);
  if (step.mode().talks) step.say(to_string(returned) + " pages");
}

}  // namespace gcmap::harness
