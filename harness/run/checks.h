// What is looked at while a program runs: after each operation, on the cadence, after a failure.
//
// Families are read through const views. What the oracles of harness/oracle were told is theirs, and is taken
// from them here.
#pragma once

#include "harness/oracle/event_recorder.h"
#include "harness/program/typed_operands.h"
#include "harness/run/injection.h"
#include "harness/run/memory/memory.h"
#include "harness/run/step.h"

namespace gcmap::harness {

struct Families;

class Checks {
 public:
  Checks(const Families& families, EventRecorder& recorder) : families_(families), recorder_(recorder) {}

  // Does the operation: a program asks for verify().
  template <typename Operands>
  void run(const Operands& operands, Step& step) {
    do_operation(operands, step);
  }

  // Each throws Failure.
  // Cheap checks after an operation: iterator flags, what the recorder saw, lost objects if any were freed,
  // the chain last written to.
  void check_quickly(const Written& written);
  // After an operation that nothing ended: what struck was swallowed, which only the pool and the removal
  // of dead entries may do (G7, M16). `dropped`: the object that the pool did not take, for lack of
  // memory (G11).
  void check_struck(const Struck& struck, ObjectId dropped) const;
  // H12: what the heap did is what the recorder was told.
  void check_told() const;
  // Whole structures: M1 to M13 of every map the program can get at, the heap's own verifier, G9 of
  // every slot.
  void verify();
  // After an allocation failure ended an operation: everything is as it was (G7).
  void check_after_failure(const Written& written);
  // G3: nothing the program can get at was freed.
  // Returns the walk that says what that is.
  ModelWalk check_lost() const;
  // What an oracle has said since it was asked last.
  void check_complaints();

 private:
  void do_operation(const VerifyOperands& op, Step& step);
  void check_written_chain(const Written& written) const;

  const Families& families_;
  EventRecorder& recorder_;
  LimitMark limit_mark_;  // of the last look
};

}  // namespace gcmap::harness
