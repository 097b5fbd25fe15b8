// What the targets that run programs share: run one, mutate one, cross two. A target adds its profile.
//
// The environment tells a process how far to go (harness/mutate/fuzz_turn.h) and
//   GCMAP_WRITE_AHEAD   a file that holds the program about to run: what a process killed outright leaves,
//   GCMAP_KNOWN         signatures of failures that do not end the process (run/known_failures.h),
//   GCMAP_KNOWN_KEPT    the folder for the smallest programs that fail so,
//   GCMAP_PAIRS         to say what it has combined (program/pair_counts.h), in some 200 lines.
// A program that hangs ends the process, after some half a second of processor time at most
// (harness/run/program_watch.h); the engine's own limit is there for what waits.
// It says on stderr how many programs were loaded and mutated when the first is mutated, and at its end also
// how often it stood at each decision point.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "harness/mutate/fuzz_turn.h"
#include "harness/mutate/program_bytes.h"
#include "harness/oracle/point_counts.h"
#include "harness/program/codec_binary.h"
#include "harness/program/pair_counts.h"
#include "harness/run/interpreter.h"
#include "harness/run/known_failures.h"
#include "harness/run/program_watch.h"
#include "harness/run/write_ahead.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace gcmap::fuzz {

// Null when nobody asked for one, or it cannot be written: then fuzzing goes on without.
inline harness::WriteAhead* write_ahead() {
  static const std::unique_ptr<harness::WriteAhead> file = [] {
    const char* const path = std::getenv("GCMAP_WRITE_AHEAD");
    auto opened = path == nullptr ? nullptr : std::make_unique<harness::WriteAhead>(path);
    if (opened && !opened->ok()) std::fprintf(stderr, "%s\n", opened->error().c_str());
    return opened && opened->ok() ? std::move(opened) : nullptr;
  }();
  return file.get();
}

// What the process has done.
struct Done {
  harness::FuzzTurn turn{harness::limits_of_environment()};
  harness::PointCounts points;
  harness::PairCounts pairs;
  harness::KnownFailures known{text_of("GCMAP_KNOWN"), text_of("GCMAP_KNOWN_KEPT")};

  static std::string text_of(const char* variable) {
    const char* const text = std::getenv(variable);
    return text == nullptr ? "" : text;
  }
  void print() const {
    std::fputs((turn.line() + known.lines() + harness::lines_of(points)).c_str(), stderr);
    if (std::getenv("GCMAP_PAIRS") != nullptr) std::fputs(harness::lines_of(pairs).c_str(), stderr);
  }
};

// The first call has it printed at exit.
inline Done& done() {
  static Done all;
  static const int registered = std::atexit([] { done().print(); });
  static_cast<void>(registered);
  return all;
}

inline double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Before a mutation. Outside of a program's run exit() is no failure to the engine.
inline void begin_mutation() {
  harness::FuzzTurn& turn = done().turn;
  const bool first = !turn.fuzzing();
  if (turn.over(seconds_now())) std::exit(0);
  if (first) std::fputs(turn.loading_line().c_str(), stderr);
  turn.mutated();
}

inline size_t mutate(uint8_t* data, size_t size, size_t max_size, unsigned seed,
                     const harness::ByteMutation& mutation) {
  begin_mutation();
  return harness::mutate_program_bytes(data, size, max_size, seed, mutation);
}

inline size_t cross(const uint8_t* first, size_t first_size, const uint8_t* second, size_t second_size,
                    uint8_t* out, size_t out_max, unsigned seed, const harness::ByteMutation& mutation) {
  begin_mutation();
  return harness::crossover_program_bytes(first, first_size, second, second_size, out, out_max, seed,
                                          mutation);
}

// Says what the failure is, for ./dev to read, and ends the process.
[[noreturn]] inline void end_process(const harness::Verdict& verdict) {
  done().print();
  std::fprintf(stderr, "gcmap: %s: %s\n", verdict.signature().c_str(), verdict.detail.c_str());
  std::abort();
}

// A failure ends the process, unless it is a known one.
inline void fail(const harness::Verdict& verdict, const harness::Program& program,
                 std::span<const uint8_t> bytes) {
  const std::string known = harness::known_signature(verdict, program.config);
  if (done().known.take(known, bytes)) {
    std::fputs(done().known.news(known).c_str(), stderr);
    return;
  }
  end_process(verdict);
}

// The system refuses what a run takes: that says nothing of the library, and the next run would fare
// no better.
[[noreturn]] inline void give_up(const harness::Verdict& verdict) {
  if (harness::WriteAhead* const file = write_ahead()) file->finish();  // its program is no finding
  done().print();
  std::fprintf(stderr, "%s: %s\n", verdict.signature().c_str(), verdict.detail.c_str());
  std::_Exit(2);
}

// Runs the program in `data`.
// Returns what libFuzzer expects.
inline int run_one(const uint8_t* data, size_t size) {
  if (size == 0) return 0;  // how libFuzzer tries the target out
  if (!done().turn.begin(seconds_now())) return 0;
  const harness::Program program = harness::decode({data, size});
  volatile uint32_t progress = 0;
  harness::RunOptions options;
  options.pairs = &done().pairs;
  options.progress = &progress;
  options.hung = end_process;
  if (harness::WriteAhead* const file = write_ahead()) {
    file->begin({data, size});
    if (volatile uint32_t* const shared = file->progress()) options.progress = shared;
  }
  harness::RunStats stats;
  const harness::Verdict verdict = [&] {
    const harness::ProgramWatch watch(program, options.progress);
    return harness::run(program, options, &stats);
  }();
  if (verdict.kind == harness::VerdictKind::kEnvironment) give_up(verdict);
  if (verdict.failed()) fail(verdict, program, {data, size});
  if (harness::WriteAhead* const file = write_ahead()) file->finish();
  done().points.add(stats.points);
  return verdict.kind == harness::VerdictKind::kMisuse ? -1 : 0;
}

}  // namespace gcmap::fuzz
