// A set of pages: one bit a page, and summaries above, so that its highest member is found in a few steps.
//
// Layout: level 0 has a bit for every page; a bit of level n + 1 says that the word of level n it stands for
// is not zero. Five levels serve the largest range. The words are the caller's, zero to begin with: a set of
// which little is used touches little memory.
//
// Relied on by: PageHeap, for the idle pages that may hold old bytes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gcmap {

struct PageRun {
  uint32_t first_page = 0;
  uint32_t pages = 0;  // 0: none
};

class PageSet {
 public:
  // Words a set of pages [0, pages) needs.
  static size_t words_for(uint32_t pages);

  // Requires: words_for(pages) words, all zero, which outlive the set.
  PageSet(uint64_t* words, uint32_t pages);

  // [first_page, first_page + pages) is in the set from now on, or is not; remove returns how many of
  // them were.
  // Cost: O(pages / 64).
  void add(uint32_t first_page, uint32_t pages);
  uint32_t remove(uint32_t first_page, uint32_t pages);

  // Nothing is in it.
  // Requires: every member is below `end`.
  // Cost: O(end / 64).
  void clear(uint32_t end);

  bool contains(uint32_t page) const { return (words_[page / 64] >> (page % 64) & 1) != 0; }
  uint32_t size() const { return size_; }

  // The highest member and those that come right before it, at most `pages_max` in all.
  // Cost: O(pages_max).
  PageRun highest_run(uint32_t pages_max) const;

 private:
  static constexpr uint32_t kLevelsMax = 5;

  void begin_word(size_t word);
  void end_word(size_t word);
  uint32_t highest() const;

  uint64_t* words_;
  size_t level_start_[kLevelsMax] = {};  // index of a level's first word
  uint32_t levels_ = 0;
  uint32_t size_ = 0;
};

}  // namespace gcmap
