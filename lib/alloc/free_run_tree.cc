#include "gcmap/internal/alloc/free_run_tree.h"

#include "gcmap/internal/base/check.h"

namespace gcmap {

void FreeRunTree::insert(FreeRun* run) {
  FreeRun** link = &root_;
  while (*link != nullptr && priority(**link) >= priority(*run)) {
    link = before(*run, **link) ? &(*link)->left : &(*link)->right;
  }
  // Split what hangs there into the runs before and after the new one.
  FreeRun* rest = *link;
  *link = run;
  FreeRun** before_link = &run->left;
  FreeRun** after_link = &run->right;
  while (rest != nullptr) {
    if (before(*rest, *run)) {
      *before_link = rest;
      before_link = &rest->right;
      rest = rest->right;
    } else {
      *after_link = rest;
      after_link = &rest->left;
      rest = rest->left;
    }
  }
  *before_link = *after_link = nullptr;
}

void FreeRunTree::erase(FreeRun* run) {
  FreeRun** link = &root_;
  while (*link != run) {
    GCMAP_CHECK(*link != nullptr, "the free run of %u pages at page %u is not in the tree", run->pages,
                run->first_page);
    link = before(*run, **link) ? &(*link)->left : &(*link)->right;
  }
  FreeRun* left = run->left;
  FreeRun* right = run->right;
  while (left != nullptr && right != nullptr) {
    if (priority(*left) >= priority(*right)) {
      *link = left;
      link = &left->right;
      left = left->right;
    } else {
      *link = right;
      link = &right->left;
      right = right->left;
    }
  }
  *link = left != nullptr ? left : right;
  run->left = run->right = nullptr;
}

FreeRun* FreeRunTree::best_fit(uint32_t pages) const {
  FreeRun* best = nullptr;
  for (FreeRun* run = root_; run != nullptr;) {
    if (run->pages < pages) {
      run = run->right;
    } else {
      best = run;
      run = run->left;
    }
  }
  return best;
}

}  // namespace gcmap
