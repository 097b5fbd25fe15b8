// The hash function of a program: a class chosen by its configuration, single keys set by operations.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>

#include "harness/program/op.h"
#include "harness/subject/map_adapter.h"
#include "harness/subject/work_budget.h"

namespace gcmap::harness {

class ProgramHasher final : public KeyHasher {
 public:
  // Each hash takes a unit of `budget`.
  ProgramHasher(const Config& config, WorkBudget& budget)
      : budget_(budget),
        class_(static_cast<HashClass>(config.hash)),
        bits_(config.hash_bits),
        kind_(static_cast<MapKind>(config.kind)) {}

  // Of the seed one bit counts: enough to show a map that mixes its seeds up, few enough that removing one
  // operation of a program seldom rehashes what comes after it.
  uint64_t hash(uint64_t word, uint64_t seed, uint64_t map) const override {
    budget_.spend();
    if (armed_ != 0 && --armed_ == 0) action_(map);
    return hash_of(word, seed);
  }

  // The same for checks: it is no callback.
  uint64_t hash_of(uint64_t word, uint64_t seed) const {
    const uint64_t key = identity_of(kind_, word);
    if (!fixed_.empty()) {
      const auto found = fixed_.find(is_nan(kind_, key) ? kNanKey : key);
      if (found != fixed_.end()) return found->second;
    }
    switch (class_) {
      case HashClass::kGood:
        return scatter(key ^ (seed & 1) << 32);
      case HashClass::kLow:
        return scatter(key ^ (seed & 1) << 32) & ((uint64_t{1} << bits_) - 1);
      case HashClass::kTop:
        return (scatter(key ^ (seed & 1) << 32) >> 8) | (uint64_t{bits_} << 56);
      case HashClass::kConstant:
        return 0;
      case HashClass::kIdentity:
        return key;
    }
    return key;
  }

  // Calls action(map) in the nth call from now on.
  void arm(uint64_t nth, std::function<void(uint64_t map)> action) {
    armed_ = nth;
    action_ = std::move(action);
  }
  void disarm() { armed_ = 0; }

  // Fixes the hash of a key, by its identity; that of kNanKey is the hash of all NaNs.
  // Requires: no map holds the key, other than a NaN, and no iterator runs.
  void fix(uint64_t key, uint64_t hash) { fixed_[key] = hash; }

 private:
  // Any bijection that spreads will do: this is the 64-bit finalizer of MurmurHash3 (Appleby).
  static uint64_t scatter(uint64_t x) {
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdu;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53u;
    return x ^ (x >> 33);
  }

  WorkBudget& budget_;
  HashClass class_;
  uint32_t bits_;
  MapKind kind_;  // of the maps that are made; keys of inner maps are their own identities
  std::unordered_map<uint64_t, uint64_t> fixed_;
  mutable uint64_t armed_ = 0;  // calls until action_
  std::function<void(uint64_t map)> action_;
};

}  // namespace gcmap::harness
