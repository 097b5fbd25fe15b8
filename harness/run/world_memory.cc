// Memory and pacing: what can be set at run time, and what can be asked of the collector and the scavenger.
#include <algorithm>
#include <string>

#include "gcmap/out_of_memory.h"
#include "harness/run/world.h"

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

void World::set_gogc(uint32_t percent) {
  const int wanted = percent == 1000 ? -1 : static_cast<int>(percent);
  expect_setting("the percentage", gogc_percent_, heap_.set_gogc(wanted));
  gogc_percent_ = wanted;
}

void World::set_limit(uint32_t pages) {
  const size_t wanted = pages == 0 ? SIZE_MAX : pages * kPageBytes;
  expect_setting("the limit", limit_bytes_, heap_.set_limit(wanted));
  limit_bytes_ = wanted;
  pages_allowed_ = std::max<uint64_t>(heap_.stats().pages_in_use, wanted / kPageBytes);
}

// H11. What is in use beyond the limit when it is set may stay; no allocation adds to it.
void World::check_limit() {
  if (limit_bytes_ == SIZE_MAX) return;
  const uint64_t in_use = heap_.stats().pages_in_use;
  if (in_use > pages_allowed_) {
    throw Failure{"H11", to_string(in_use) + " pages are in use, where the limit of " +
                             to_string(limit_bytes_) + " bytes allowed " + to_string(pages_allowed_)};
  }
  pages_allowed_ = std::max<uint64_t>(in_use, limit_bytes_ / kPageBytes);
}

void World::set_soft_limit(uint32_t pages) {
  const uint64_t wanted = pages == 0 ? UINT64_MAX : pages * kPageBytes;
  expect_setting("the soft limit", soft_limit_bytes_, heap_.set_memory_limit(wanted));
  soft_limit_bytes_ = wanted;
}

uint64_t World::idle(uint64_t units) {
  const bool was_idle = heap_.phase() == Phase::kIdle;
  const uint64_t done = heap_.idle(units);
  if (done > units || (was_idle && done > 0))
    throw Failure{"G6", "of " + to_string(units) + " units of idle work " + to_string(done) + " were done"};
  return done;
}

// H6: what is returned is idle, and counted once.
uint64_t World::scavenge(uint64_t pages) {
  const HeapStats before = heap_.stats();
  const uint64_t returned = pages == 0 ? heap_.release_memory() : Stepper(heap_).scavenge(pages);
  const HeapStats after = heap_.stats();
  if ((pages != 0 && returned > pages) || after.scavenge_work - before.scavenge_work < returned ||
      after.pages_released > after.pages_free) {
    throw Failure{"H6", "of " + to_string(before.pages_free) + " idle pages " + to_string(returned) +
                            " were returned, and " + to_string(after.pages_released) + " are, when " +
                            to_string(pages) + " were asked for"};
  }
  return returned;
}

// One that was armed, or a limit that is reached: what is in use and what was asked for together exceed it,
// after a collection if the heap's own pacing is on.
bool World::may_fail(const std::bad_alloc& error) const {
  if (failure_armed_) return true;
  const auto* const why = dynamic_cast<const OutOfMemory*>(&error);
  if (why == nullptr || why->reason() != OutOfMemory::Reason::kHeapLimit) return false;
  const HeapStats stats = heap_.stats();
  if (stats.pages_in_use * kPageBytes + why->wanted_bytes() <= limit_bytes_) return false;
  return !oracles_ || !own_pacing_enabled() || stats.cycles > witness_.cycles_when_failing();
}

bool World::own_pacing_enabled() const {
  return own_pacing_ && (gogc_percent_ >= 0 || soft_limit_bytes_ != UINT64_MAX);
}

}  // namespace gcmap::harness
