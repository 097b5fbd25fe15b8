// A map as a program has left it, reckoned without the library: its keys, its size, how far it has grown.
//
// Go's rules decide (lib/include/gcmap/internal/map/grow.h states them, this shares no code with it): 2^b
// buckets hold 6.5 each, the insertion of one more doubles them, each write to a growing map moves the chain
// of its key and the next. Which chain is a key's, the hash says, which is not asked: a growth ends within
// bounds. Nor are overflow buckets counted, so growths to the same size are not foreseen.
#pragma once

#include <cstdint>

#include "harness/mutate/key_set.h"
#include "harness/program/op.h"

namespace gcmap::harness {

// Is it so, as far as can be told?
enum class Certainty : uint8_t { kNo, kMaybe, kYes };

class MapForecast {
 public:
  MapForecast(MapKind kind, uint64_t hint);

  MapKind kind() const { return kind_; }
  uint64_t size() const { return keys_.size() + nans_; }
  const KeySet& keys() const { return keys_; }  // those that look-ups find, by identity

  // Are keys and size what the program makes of them? Not once something may have ended an operation halfway,
  // or another name led here unseen.
  bool exact() const { return exact_; }
  void doubt() { exact_ = false; }

  uint32_t b() const { return b_; }
  uint64_t capacity() const { return capacity_of(b_); }  // entries it holds without growing
  // New keys until the insertion of the last one begins a growth.
  uint64_t until_growth() const { return capacity() + 1 - (size() < capacity() ? size() : capacity()); }
  // Entries to erase until the next erasure halves the array; 0: it will not.
  uint64_t until_halving() const;
  bool shrinks() const { return shrinks_; }

  Certainty growing() const;
  bool halving() const { return halving_ && growing() != Certainty::kNo; }
  // Writes until the growth in progress is over, at most; 0 while there is none.
  uint64_t writes_left_max() const { return growing() == Certainty::kNo ? 0 : chains_ - moved_least_; }

  void put(uint64_t number);
  void erase(uint64_t number);
  void erase_if(uint64_t modulus, uint64_t rest);
  void clear();
  void reserve(uint64_t entries);
  void fit();
  void finish();
  void set_shrinking(bool on) { shrinks_ = on; }
  MapForecast clone() const;

  static uint64_t capacity_of(uint32_t b) { return b == 0 ? 8 : uint64_t{13} << (b - 1); }

 private:
  static uint32_t b_for(uint64_t entries);
  void pay();
  void begin_growth(uint32_t b, bool halving);
  void end_growth() { chains_ = moved_least_ = moved_most_ = 0; }
  bool must_halve() const;
  void end_emptying();
  void drop_array();
  void erase_identity(uint64_t identity);

  MapKind kind_;
  bool exact_ = true;
  bool allocated_;
  bool shrinks_ = false;
  bool halving_ = false;
  uint32_t b_;
  uint32_t least_b_;
  KeySet keys_;
  uint64_t nans_ = 0;
  uint64_t chains_ = 0;  // to be moved by the growth in progress, and how many have been
  uint64_t moved_least_ = 0;
  uint64_t moved_most_ = 0;
};

}  // namespace gcmap::harness
