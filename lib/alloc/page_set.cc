#include "gcmap/internal/alloc/page_set.h"

#include <algorithm>
#include <bit>

#include "gcmap/internal/base/check.h"
#include "gcmap/internal/base/counter.h"

namespace gcmap {
namespace {

// Calls visit(word, mask) for every word with bits of [first, first + count).
template <typename Visit>
void for_each_word(uint32_t first, uint32_t count, Visit&& visit) {
  for (uint32_t page = first; page < first + count;) {
    const uint32_t bits = std::min(64 - page % 64, first + count - page);
    const uint64_t ones = bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
    visit(page / 64, ones << (page % 64));
    page += bits;
  }
}

size_t words_above(size_t bits) {
  return (bits + 63) / 64;
}

}  // namespace

size_t PageSet::words_for(uint32_t pages) {
  size_t words = words_above(pages);
  size_t total = words;
  while (words > 1) total += words = words_above(words);
  return total;
}

PageSet::PageSet(uint64_t* words, uint32_t pages) : words_(words) {
  size_t start = 0;
  for (size_t level_words = words_above(pages);; level_words = words_above(level_words)) {
    GCMAP_CHECK(levels_ < kLevelsMax, "a set of %u pages needs more than %u levels", pages, kLevelsMax);
    level_start_[levels_++] = start;
    start += level_words;
    if (level_words <= 1) break;
  }
}

// Word `word` of level 0 has its first bit: the summaries say so, up to the first that did before.
void PageSet::begin_word(size_t word) {
  for (uint32_t level = 1; level < levels_; ++level, word /= 64) {
    uint64_t& summary = words_[level_start_[level] + word / 64];
    const bool known = summary != 0;
    summary |= uint64_t{1} << (word % 64);
    if (known) return;
  }
}

// Word `word` of level 0 has lost its last bit.
void PageSet::end_word(size_t word) {
  for (uint32_t level = 1; level < levels_; ++level, word /= 64) {
    uint64_t& summary = words_[level_start_[level] + word / 64];
    summary &= ~(uint64_t{1} << (word % 64));
    if (summary != 0) return;
  }
}

void PageSet::add(uint32_t first_page, uint32_t pages) {
  for_each_word(first_page, pages, [&](size_t word, uint64_t mask) {
    const uint64_t before = words_[word];
    size_ += static_cast<uint32_t>(std::popcount(mask & ~before));
    words_[word] |= mask;
    if (before == 0) begin_word(word);
  });
}

uint32_t PageSet::remove(uint32_t first_page, uint32_t pages) {
  uint32_t removed = 0;
  for_each_word(first_page, pages, [&](size_t word, uint64_t mask) {
    const uint64_t before = words_[word];
    if (before == 0) return;
    removed += static_cast<uint32_t>(std::popcount(mask & before));
    words_[word] &= ~mask;
    if (words_[word] == 0) end_word(word);
  });
  take_off(size_, removed, "pages in a set");
  return removed;
}

void PageSet::clear(uint32_t end) {
  size_t words = words_above(end);
  for (uint32_t level = 0; level < levels_; ++level, words = words_above(words)) {
    std::fill_n(words_ + level_start_[level], words, 0);
  }
  size_ = 0;
}

// Requires: the set is not empty.
uint32_t PageSet::highest() const {
  size_t index = 0;
  for (uint32_t level = levels_; level-- > 0;) {
    const uint64_t word = words_[level_start_[level] + index];
    GCMAP_CHECK(word != 0, "a set of %u pages is empty where level %u says it is not", size_, level + 1);
    index = index * 64 + 63 - static_cast<size_t>(std::countl_zero(word));
  }
  return static_cast<uint32_t>(index);
}

PageRun PageSet::highest_run(uint32_t pages_max) const {
  if (size_ == 0 || pages_max == 0) return {};
  const uint32_t last = highest();
  uint32_t pages = 1;
  while (pages < pages_max && pages <= last && contains(last - pages)) ++pages;
  return {last - pages + 1, pages};
}

}  // namespace gcmap
