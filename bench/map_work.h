// The work that is timed, on one system; bench/go/map_bench/map_work.go is the same in Go.
//
// A System is a map of Key to uint64_t:
//   renew()             an empty map; the one before is let go, and its memory reclaimed
//   settle()            no collector work is left over
//   insert(key, value)  find(key): pointer to the value, or null    erase(key)
//   each(visit)         visit(key, value) for every entry
//
// In the order of a run, each on the map the one before left:
//   insert   `entries` keys into an empty map without a hint, again and again: about `operations` in all
//   hit      `operations` look-ups of random present keys, independent of one another
//   miss     `operations` look-ups of absent keys
//   iterate  over all entries, again and again: about `operations` in all. Of a string its length is read
//   churn    `operations` times: erase the oldest key, insert a new one
//
// Timed is processor time, the collector's included. Not timed: renew and settle, that is destruction in one
// system and a collection in another. Each piece of work has a checksum, which must be the same for all
// systems: the sum of what was found or visited, or, of work that writes, the digest of what the map holds
// after it.
#pragma once

#include <benchmark/benchmark.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "bench/keys.h"

namespace gcmap::bench {

template <typename System, typename Key>
class MapWork {
 public:
  MapWork(uint64_t seed, uint64_t entries, uint64_t operations)
      : entries_(entries), operations_(operations), keys_(seed, entries, operations) {}

  // How often the whole map is built, or walked.
  uint64_t rounds() const { return operations_ / entries_; }

  void insert(benchmark::State& state) {
    for (auto _ : state) {
      state.PauseTiming();
      system_.renew();
      state.ResumeTiming();
      for (uint64_t i = 0; i < entries_; ++i) system_.insert(keys_.stored[i], i);
    }
    report(state, entries_, digest());
  }

  void hit(benchmark::State& state) {
    uint64_t sum = 0;
    for (auto _ : state) {
      for (uint64_t i = 0; i < operations_; ++i) {
        if (const uint64_t* const value = system_.find(keys_.present[i])) sum += *value;
      }
    }
    report(state, operations_, sum);
  }

  void miss(benchmark::State& state) {
    uint64_t sum = 0;
    for (auto _ : state) {
      for (uint64_t i = 0; i < operations_; ++i) {
        if (system_.find(keys_.absent[i]) == nullptr) sum += i;
      }
    }
    report(state, operations_, sum);
  }

  void iterate(benchmark::State& state) {
    uint64_t sum = 0;
    for (auto _ : state) {
      system_.each([&](const auto& key, uint64_t value) { sum += read(key) ^ value; });
    }
    report(state, entries_, sum);
  }

  void churn(benchmark::State& state) {
    for (auto _ : state) {
      for (uint64_t i = 0; i < operations_; ++i) {
        system_.erase(keys_.oldest[i]);
        system_.insert(keys_.stored[entries_ + i], entries_ + i);
      }
    }
    report(state, operations_, digest());
  }

 private:
  static uint64_t read(uint64_t key) { return key; }
  static uint64_t read(std::string_view key) { return key.size(); }

  static uint64_t first_word(uint64_t key) { return key; }
  static uint64_t first_word(std::string_view key) {
    uint64_t first;
    std::memcpy(&first, key.data(), sizeof first);
    return first;
  }

  // Of every entry, in whatever order.
  uint64_t digest() const {
    uint64_t sum = 0;
    system_.each([&](const auto& key, uint64_t value) { sum += mix64(first_word(key) ^ value); });
    return sum;
  }

  // Also leaves no collection under way for what is timed next.
  void report(benchmark::State& state, uint64_t operations, uint64_t checksum) {
    char text[17];
    std::snprintf(text, sizeof text, "%016" PRIx64, checksum);
    state.SetLabel(text);
    state.counters["operations"] = static_cast<double>(operations);
    system_.settle();
  }

  const uint64_t entries_;
  const uint64_t operations_;
  const Keys<Key> keys_;
  System system_;
};

}  // namespace gcmap::bench
