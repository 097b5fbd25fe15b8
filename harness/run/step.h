// One operation as it is done: what it answers, and what it writes to.
//
// A runner makes a step for each operation and hands it to the family that does it. The write the family
// tells it of, before it is done, the runner takes and hands to the checks.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "harness/model/map.h"
#include "harness/program/digest.h"

namespace gcmap::harness {

// The map and the identity of the key an operation wrote to last, whether or not the write went through.
struct Written {
  ObjectId map = kNoObject;
  uint64_t key = 0;
};

// How a step is to be done.
struct StepMode {
  bool due = false;    // whole structures, and every byte around a look-up, are compared at this operation
  bool talks = false;  // the answer is wanted in words
  bool draws = false;  // and with the structure of the map concerned
};

class Step {
 public:
  // Answers are added to `digest`.
  explicit Step(Digest& digest, const StepMode& mode = {}) : digest_(digest), mode_(mode) {}

  const StepMode& mode() const { return mode_; }

  void answer(uint64_t number) { digest_.add(number); }
  // The answer of an operation that does something or nothing.
  // Returns `did`.
  bool done(bool did) {
    answer(did);
    if (mode_.talks) say(did ? "done" : "nothing to do");
    return did;
  }

  // Adds words to the answer. Cheap to call only if mode().talks.
  void say(const std::string& words) {
    if (!words_.empty()) words_ += ", ";
    words_ += words;
  }
  void draw(const std::string& picture) { words_ += "\n" + picture; }
  const std::string& words() const { return words_; }

  // Told before the write, which may not come back.
  void begin_write(const Written& written) { written_ = written; }
  // Hands over the last write there was since the last of these, to whoever checks it.
  Written take_written() { return std::exchange(written_, {}); }
  // The library was given the object and did not take it, as it may for lack of memory.
  void drop(ObjectId object) { dropped_ = object; }
  ObjectId take_dropped() { return std::exchange(dropped_, kNoObject); }

  // A write began a growth, which may have ended in it too.
  void count_growth() { ++growths_; }
  uint64_t growths() const { return growths_; }

 private:
  Digest& digest_;
  StepMode mode_;
  std::string words_;
  Written written_;
  ObjectId dropped_ = kNoObject;
  uint64_t growths_ = 0;
};

}  // namespace gcmap::harness
