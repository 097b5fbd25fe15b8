// One turn of a fuzz process: which of the programs that its engine hands over are run, and when it ends.
//
// An engine first loads: it hands over the files it was given, in their order, without asking how long that
// takes. Then it fuzzes: it asks for a mutation and hands over the result. A turn bounds both apart from each
// other, so that the time a target gets is fuzzing time however large its corpus has grown.
//
// Protocol: begin() as a program arrives, which is run if that returns true; before each mutation over(),
// and the process ends if that returns true; mutated() once the mutation is made. Times are seconds of
// any one clock.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace gcmap::harness {

struct FuzzLimits {
  double loading_seconds = std::numeric_limits<double>::infinity();  // later files are skipped
  double fuzzing_seconds = std::numeric_limits<double>::infinity();  // from the first mutation on
  uint64_t mutated_max = std::numeric_limits<uint64_t>::max();
};

// Of the fuzzing time, for running again what other processes have found meanwhile and the engine hands over.
// What comes beyond it is skipped; so is, then, a second run by which the engine looks for leaks.
inline constexpr double kReloadShareMax = 1.0 / 3;

class FuzzTurn {
 public:
  explicit FuzzTurn(const FuzzLimits& limits) : limits_(limits) {}

  // Whether to run the program that has come.
  bool begin(double now);
  // Whether the turn is over. The first call begins the fuzzing.
  bool over(double now);
  void mutated() { is_mutation_ = true; }

  // Loading has ended.
  bool fuzzing() const { return fuzzing_since_.has_value(); }
  // "gcmap-loading loaded=80 skipped=12" and the end of the line: for the moment at which fuzzing begins.
  std::string loading_line() const;
  // "gcmap-turn loaded=80 skipped=12 mutated=500" and the end of the line. What other processes found
  // meanwhile, and an engine runs as well, is loaded.
  std::string line() const;

 private:
  // Whether there is time to run a program that is no mutation.
  bool may_load(double now) const;
  void end_reload(double now);

  FuzzLimits limits_;
  std::optional<double> loading_since_;
  std::optional<double> fuzzing_since_;
  std::optional<double> reloading_since_;  // such a program is running
  double reloaded_seconds_ = 0;
  bool is_mutation_ = false;  // of the next program
  uint64_t loaded_ = 0;
  uint64_t skipped_ = 0;
  uint64_t mutated_ = 0;
};

// The limits in the environment: GCMAP_LOADING_SECONDS, GCMAP_FUZZING_SECONDS, GCMAP_MUTATED_MAX. What is not
// there or no number is no limit.
FuzzLimits limits_of_environment();

}  // namespace gcmap::harness
