// Writes the states a run goes through, a line of JSON each, as the run makes them.
//
// Lines, in this order; members that say nothing new are left out (docs/REPORT.md has all of them):
//
//   {"before":7,"about":[[8336,2]]}      operation 7 begins, and these slots are what it is about
//   {"state":8,"answer":"done",...}      8 operations are done
//
// A state begins with what is there first: the line of state `from` describes everything, each further one
// what differs from the line before. A line is written in one piece: what a crash leaves is whole.
//
// Nothing is changed, no colour and no counter (G8), and nothing is followed that leads to no live object.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "harness/report/heap_log.h"
#include "harness/report/map_log.h"
#include "harness/report/name_log.h"
#include "harness/run/interpreter.h"

namespace gcmap::harness {

class StateWriter final : public RunObserver {
 public:
  using Sink = std::function<void(const std::string& line)>;  // without the end of the line

  // States before `from` operations are done are left out.
  StateWriter(size_t from, Sink sink) : from_(from), sink_(std::move(sink)) {}

  void began(const Runner& runner) override;
  void before(size_t index, const Operation& operation) override;
  void after(size_t index, const Operation& operation, const std::string& answer) override;

 private:
  struct Logs {
    const Families& families;
    MapLog maps;
    HeapLog heap;
    NameLog names;
    explicit Logs(const Families& of) : families(of), maps(of), heap(of), names(of) {}
  };

  void write_state(size_t number, const Operation* last, const std::string& answer);
  void write_about(const Operation& operation, const SoundMemory& memory, const ObjectAddresses& addresses,
                   JsonText& json) const;

  const size_t from_;
  const Sink sink_;
  std::optional<Logs> logs_;
};

}  // namespace gcmap::harness
