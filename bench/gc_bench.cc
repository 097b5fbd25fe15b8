// gc_bench SYSTEM WORK SIZE SEED: does one work (gc_work.h) on one collector and prints Google Benchmark's
// JSON. Systems taking turns, medians and ratios are ./dev bench's (tools/dev/bench_gc.py), which also
// runs bench/go/gc_bench.
//
// Timed is the processor time of the whole process. Memory is what the process had resident at most, less
// what it had before the collector was there.
#include <benchmark/benchmark.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "bench/boehm_objects.h"
#include "bench/compiler.h"
#include "bench/gc_work.h"
#include "bench/gcmap_objects.h"

namespace gcmap::bench {
namespace {

// Of this process, so far. Not from getrusage, which counts the process it was forked from.
double resident_peak_bytes() {
  std::FILE* const status = std::fopen("/proc/self/status", "r");
  if (status == nullptr) return 0;
  unsigned long kibibytes = 0;
  char line[256];
  while (std::fgets(line, sizeof line, status) != nullptr) {
    if (std::sscanf(line, "VmHWM: %lu kB", &kibibytes) == 1) break;
  }
  std::fclose(status);
  return static_cast<double>(kibibytes) * 1024;
}

template <typename System, typename Work>
void measure(benchmark::State& state, uint64_t size, uint64_t seed) {
  const double before_bytes = resident_peak_bytes();
  System system;
  Work work(system, size, seed);
  Stalls stalls;
  const int64_t began = Stalls::nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
  stalls.begin();
  for (auto _ : state) work.run(stalls);
  const int64_t took = Stalls::nanoseconds(CLOCK_PROCESS_CPUTIME_ID) - began;
  state.counters["peak_bytes"] = resident_peak_bytes() - before_bytes;
  state.counters["stall_ns"] = static_cast<double>(stalls.longest_ns());
  state.counters["stall_on_clock_ns"] = static_cast<double>(stalls.longest_on_clock_ns());
  state.counters["idle_ns"] = static_cast<double>(Stalls::of_idle_loop(took));
  state.counters["operations"] = static_cast<double>(work.operations());
  char text[17];
  std::snprintf(text, sizeof text, "%016" PRIx64, work.checksum());
  state.SetLabel(text);
}

template <typename System>
int run(std::string_view name, uint64_t size, uint64_t seed) {
  void (*measured)(benchmark::State&, uint64_t, uint64_t) = nullptr;
  int rounds = 1;
  if (name == "trees") measured = measure<System, Trees<System>>;
  if (name == "window") measured = measure<System, Window<System>>;
  if (name == "mark") measured = measure<System, Mark<System>>, rounds = 3;
  if (name == "held") measured = measure<System, Held<System>>;
  if (name == "churn") measured = measure<System, Churn<System>>;
  if (measured == nullptr || size == 0) return 2;
  benchmark::RegisterBenchmark(std::string(name).c_str(),
                               [=](benchmark::State& state) { measured(state, size, seed); })
      ->Iterations(rounds)
      ->MeasureProcessCPUTime();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

uint64_t number(const char* text) {
  return std::strtoull(text, nullptr, 10);
}

int run(int argc, char** argv) {
  if (argc != 5) return 2;
  const std::string_view system = argv[1];
  if (system == "gcmap") return run<GcmapObjects>(argv[2], number(argv[3]), number(argv[4]));
  if (system == "Boehm") return run<BoehmObjects>(argv[2], number(argv[3]), number(argv[4]));
  return 2;
}

}  // namespace
}  // namespace gcmap::bench

int main(int argc, char** argv) {
  char json[] = "--benchmark_format=json";
  char* flags[] = {argv[0], json, nullptr};
  int flag_count = 2;
  benchmark::Initialize(&flag_count, flags);
  benchmark::AddCustomContext("compiler", gcmap::bench::kCompiler);
  benchmark::AddCustomContext("flags", gcmap::bench::kFlags);
  const int code = gcmap::bench::run(argc, argv);
  if (code == 2) std::fprintf(stderr, "usage: gc_bench gcmap|Boehm trees|window|mark|held|churn SIZE SEED\n");
  return code;
}
