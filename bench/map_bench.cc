// map_bench SYSTEM KEYS ENTRIES OPERATIONS SEED: times one system once and prints Google Benchmark's JSON.
// The systems taking turns, medians and ratios are ./dev bench's (tools/dev/bench_map.py), which also
// runs bench/go/map_bench.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "bench/compiler.h"
#include "bench/gcmap_system.h"
#include "bench/map_work.h"
#include "bench/standard_system.h"

namespace gcmap::bench {
namespace {

struct Size {
  uint64_t entries;
  uint64_t operations;
  uint64_t seed;
};

template <typename System, typename Key>
int run(const Size& size) {
  using Work = MapWork<System, Key>;
  Work work(size.seed, size.entries, size.operations);
  const auto add = [&](const char* name, void (Work::*method)(benchmark::State&), uint64_t rounds) {
    benchmark::RegisterBenchmark(name, [&work, method](benchmark::State& state) {
      (work.*method)(state);
    })->Iterations(static_cast<benchmark::IterationCount>(rounds));
  };
  add("insert", &Work::insert, work.rounds());
  add("hit", &Work::hit, 1);
  add("miss", &Work::miss, 1);
  add("iterate", &Work::iterate, work.rounds());
  add("churn", &Work::churn, 1);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

template <typename Key>
int run(std::string_view system, const Size& size) {
  if (system == "gcmap") return run<GcmapSystem<Key>, Key>(size);
  if (system == "absl") return run<AbslSystem<Key>, Key>(size);
  if (system == "std") return run<StdSystem<Key>, Key>(size);
  return 2;
}

int run(std::string_view system, std::string_view keys, const Size& size) {
  if (size.entries == 0 || size.operations < size.entries) return 2;
  if (keys == "u64") return run<uint64_t>(system, size);
  if (keys == "str16") return run<std::string_view>(system, size);
  return 2;
}

uint64_t number(const char* text) {
  return std::strtoull(text, nullptr, 10);
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
  using gcmap::bench::number;
  const int code =
      argc == 6 ? gcmap::bench::run(argv[1], argv[2], {number(argv[3]), number(argv[4]), number(argv[5])})
                : 2;
  if (code == 2)
    std::fprintf(
        stderr,
        "usage: map_bench gcmap|absl|std u64|str16 ENTRIES OPERATIONS SEED (OPERATIONS >= ENTRIES)\n");
  return code;
}
