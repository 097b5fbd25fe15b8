// What the targets that run programs share: run one, mutate one, cross two. A target adds its profile.
//
// GCMAP_WRITE_AHEAD names a file that holds the program about to run, so that a process killed outright
// leaves its reproducer. At its end a process prints how often it stood at each decision point.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "harness/codec_binary.h"
#include "harness/interpreter.h"
#include "harness/point_counts.h"
#include "harness/program_bytes.h"
#include "harness/write_ahead.h"

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

// Of all executions; the first call has them printed to stderr at exit.
inline harness::PointCounts& points() {
  static harness::PointCounts counts;
  static const int registered = std::atexit([] { std::fputs(harness::lines_of(points()).c_str(), stderr); });
  static_cast<void>(registered);
  return counts;
}

// Runs the program in `data`. A failure ends the process. Returns what libFuzzer expects.
inline int run_one(const uint8_t* data, size_t size) {
  const harness::Program program = harness::decode({data, size});
  harness::RunOptions options;
  if (harness::WriteAhead* const file = write_ahead()) {
    file->begin({data, size});
    options.progress = file->progress();
  }
  harness::RunStats stats;
  const harness::Verdict verdict = harness::run(program, options, &stats);
  if (verdict.failed()) {
    std::fprintf(stderr, "gcmap: %s: %s\n", verdict.signature().c_str(), verdict.detail.c_str());
    std::abort();
  }
  if (harness::WriteAhead* const file = write_ahead()) file->finish();
  points().add(stats.points);
  return verdict.kind == harness::VerdictKind::kMisuse ? -1 : 0;
}

}  // namespace gcmap::fuzz
