// A flag that is up for a scope.
#pragma once

#include <utility>

namespace gcmap {

// Sets a flag for a scope and puts the old value back, exceptions included.
class FlagScope {
 public:
  explicit FlagScope(bool& flag) : flag_(flag), before_(std::exchange(flag, true)) {}
  ~FlagScope() { flag_ = before_; }
  FlagScope(const FlagScope&) = delete;
  FlagScope& operator=(const FlagScope&) = delete;

 private:
  bool& flag_;
  bool before_;
};

}  // namespace gcmap
