// Runs of free pages ordered by (pages, address): best fit, the lowest address among equals, in O(log n).
//
// A treap whose priorities are a hash of the run's first page, so that its shape - and with it the cost,
// never the answer - depends on nothing but the runs in it.
#pragma once

#include <cstdint>

#include "gcmap/internal/base/random.h"

namespace gcmap {

struct FreeRun {
  uint32_t first_page = 0;
  uint32_t pages = 0;
  FreeRun* left = nullptr;
  FreeRun* right = nullptr;
};

class FreeRunTree {
 public:
  void insert(FreeRun* run);
  void erase(FreeRun* run);

  // The smallest run of at least `pages` pages, of those the lowest; null when there is none.
  FreeRun* best_fit(uint32_t pages) const;

  // Calls visit(const FreeRun&) in order of (pages, address).
  template <typename Visit>
  void for_each(Visit&& visit) const {
    walk(root_, visit);
  }

 private:
  static bool before(const FreeRun& a, const FreeRun& b) {
    return a.pages != b.pages ? a.pages < b.pages : a.first_page < b.first_page;
  }
  static uint64_t priority(const FreeRun& run) { return mix64(run.first_page); }

  template <typename Visit>
  static void walk(const FreeRun* run, Visit& visit) {
    if (run == nullptr) return;
    walk(run->left, visit);
    visit(*run);
    walk(run->right, visit);
  }

  FreeRun* root_ = nullptr;
};

}  // namespace gcmap
