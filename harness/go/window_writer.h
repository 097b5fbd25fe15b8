// Writes operations of a recording as a program, deciding every hash just before it is needed.
//
// The interpreter honours set_hash only while no map contains the key and no iterator runs. A hash that
// is needed while iterators run is therefore set before the first of them starts. Where that is too
// early, because the key has been used with another hash since, all running iterators are stopped.
#pragma once

#include <cstdint>
#include <set>
#include <unordered_map>
#include <vector>

#include "harness/program/op.h"

namespace gcmap::harness {

class GoWindowWriter {
 public:
  void make(uint64_t hint);
  void put(uint64_t key, uint64_t hash, uint64_t value);
  void get(uint64_t key);
  void erase(uint64_t key);                                      // the hash is set, or does not matter
  void erase_absent_while_growing(uint64_t key, uint64_t hash);  // the hash says which chain is evacuated
  void clear();
  void iterate(uint64_t iterator, uint64_t bucket, uint64_t offset);
  void advance(uint64_t iterator, uint64_t count);
  void stop(uint64_t iterator);

  bool running(uint64_t iterator) const { return running_.contains(iterator); }
  size_t size() const { return settled_.size() + since_start_.size(); }
  std::vector<Operation> finish();

 private:
  struct Key {
    uint64_t hash = 0;
    bool present = false;
    uint64_t used_in = 0;  // period in which its hash last mattered
  };

  void emit(const Operation& operation);
  Key& with_hash(uint64_t key, uint64_t hash);
  void stop_all();
  // Every key that is present has mattered; now none is.
  void forget_entries();

  std::vector<Operation> settled_;      // up to where iterators began to run
  std::vector<Operation> since_start_;  // since then; empty while none runs
  std::set<uint64_t> running_;
  uint64_t period_ = 1;  // counts the times that iterators began to run
  std::unordered_map<uint64_t, Key> keys_;
};

}  // namespace gcmap::harness
