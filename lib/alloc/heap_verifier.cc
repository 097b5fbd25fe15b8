#include "alloc/heap_verifier.h"

#include <algorithm>
#include <bit>
#include <string>
#include <utility>
#include <vector>

#include "gcmap/internal/alloc/object_space.h"
#include "gcmap/internal/alloc/poison.h"

namespace gcmap {
namespace {

std::string text(uint64_t value) {
  return std::to_string(value);
}

uint64_t word_at(const uint64_t* bits, uint32_t i) {
  return bits != nullptr ? bits[i] : 0;
}

// Calls visit(slot) for every bit of the word that holds slots from 64 * word on.
template <typename Visit>
void for_each_bit(uint32_t word, uint64_t bits, Visit&& visit) {
  for (; bits != 0; bits &= bits - 1) visit(word * 64 + static_cast<uint32_t>(std::countr_zero(bits)));
}

constexpr size_t kPageBeginningBytes = 64;

// Of a page that belongs to nobody and may be poisoned: the sanitizers must not look at this read. Volatile
// keeps the compiler from calling memcmp, which they do look at.
__attribute__((no_sanitize("address", "thread"), noinline)) bool begins_with_zeroes(const char* page) {
  const volatile auto* const words = reinterpret_cast<const uint64_t*>(page);
  uint64_t any = 0;
  for (size_t i = 0; i < kPageBeginningBytes / sizeof(uint64_t); ++i) any |= words[i];
  return any == 0;
}

class SpaceVerifier {
 public:
  SpaceVerifier(const ObjectSpace& space, Violations* violations) : space_(space), violations_(violations) {}

  void verify() {
    spans_.reserve(std::min<uint64_t>(space_.counters().spans_in_use, space_.pages().committed_pages()));
    verify_pages();
    verify_tree();
    verify_retained();
    for (const Span* span : spans_) {
      verify_geometry(*span);
      verify_bits(*span);
      if (kPoisoning) verify_poison(*span);
    }
    if (kPoisoning) verify_free_poison();
    verify_lists();
    verify_counters();
  }

 private:
  void report(const char* id, std::string path, std::string detail) {
    violations_->push_back({id, std::move(path), std::move(detail)});
  }
  static std::string name(const Span& span) {
    return "span at page " + text(span.first_page) + " (" + text(span.slot_bytes) + " bytes" +
           (span.span_class % 2 == 1 ? ", noscan)" : ")");
  }
  static std::string name(const Span& span, uint32_t slot) { return name(span) + " slot " + text(slot); }

  // H1: from page 1 to the committed end, page by page.
  void verify_pages() {
    const PageHeap& heap = space_.pages();
    const PageIndex& index = heap.index();
    const uint32_t end = heap.committed_pages();
    bool after_run = false;
    for (uint32_t page = 1; page < end;) {
      const Span* const span = index.span_at(page);
      const FreeRun* const run = index.run_at(page);
      uint32_t length = 1;
      if (span != nullptr) {
        length = verify_extent("span", page, span->first_page, span->pages, end);
        for (uint32_t i = 1; i < length; ++i) {
          if (index.span_at(page + i) != span)
            report("H1", "page " + text(page + i), "does not lead to the span at page " + text(page));
        }
        if (span->base != heap.address_of(page))
          report("H1", name(*span), "base is not the address of its first page");
        spans_.push_back(span);
        pages_in_spans_ += length;
      } else if (run != nullptr) {
        length = verify_extent("free run", page, run->first_page, run->pages, end);
        if (after_run) report("H1", "free run at page " + text(page), "touches the free run before it");
        if (index.run_at(page + length - 1) != run)
          report("H1", "free run at page " + text(page), "its last page does not lead to it");
        for (uint32_t i = 1; i + 1 < length; ++i) {
          if (index.run_at(page + i) != nullptr || index.span_at(page + i) != nullptr) {
            report("H1", "page " + text(page + i), "owned twice: inside the free run at page " + text(page));
          }
        }
        runs_.push_back(run);
        pages_in_runs_ += length;
      } else {
        report("H1", "page " + text(page), "belongs to no span and no free run");
      }
      after_run = run != nullptr;
      page += length;
    }
  }

  // Returns the length to go on with.
  uint32_t verify_extent(const char* what, uint32_t page, uint32_t first_page, uint32_t pages, uint32_t end) {
    if (first_page == page && pages > 0 && pages <= end - page) return pages;
    report("H1", std::string(what) + " at page " + text(page),
           "says it has " + text(pages) + " pages from page " + text(first_page) + "; committed are " +
               text(end));
    return 1;
  }

  // H1: the tree holds the runs of the index, in order.
  void verify_tree() {
    uint64_t count = 0;
    std::pair<uint32_t, uint32_t> last = {0, 0};
    space_.pages().free_runs().for_each([&](const FreeRun& run) {
      const std::pair<uint32_t, uint32_t> key = {run.pages, run.first_page};
      if (key <= last) report("H1", "free run at page " + text(run.first_page), "out of order in the tree");
      last = key;
      ++count;
      if (run.first_page >= space_.pages().committed_pages() ||
          space_.pages().index().run_at(run.first_page) != &run) {
        report("H1", "free run at page " + text(run.first_page), "in the tree but not in the page index");
      }
    });
    if (count != runs_.size()) {
      report("H1", "free runs", "the tree holds " + text(count) + ", the page index " + text(runs_.size()));
    }
  }

  // H6; counts for H5. A page at a time, by what the index says of it.
  void verify_retained() {
    const PageHeap& heap = space_.pages();
    uint32_t highest = 0;
    for (const FreeRun* run : runs_) {
      for (uint32_t page = run->first_page; page < run->first_page + run->pages; ++page) {
        if (page >= heap.committed_pages()) break;  // H1 has said so
        if (heap.retained().contains(page)) {
          ++pages_retained_;
          highest = std::max(highest, page);
          if (page >= heap.touched_pages())
            report("H6", "page " + text(page), "retained although it was never handed out");
        } else if (page < heap.touched_pages() && !begins_with_zeroes(heap.address_of(page))) {
          report("H6", "page " + text(page), "released, but it does not read as zero");
        }
      }
    }
    for (const Span* span : spans_) {
      for (uint32_t page = span->first_page; page < span->first_page + span->pages; ++page) {
        if (page < heap.committed_pages() && heap.retained().contains(page))
          report("H6", "page " + text(page), "retained for release, but the " + name(*span) + " uses it");
      }
    }
    if (pages_retained_ > 0 && heap.retained().highest_run(1).first_page != highest)
      report("H6", "page " + text(highest), "retained for release, but not found as the highest");
    if (heap.retained().contains(0)) report("H6", "page 0", "retained for release, but it holds the header");
  }

  void verify_geometry(const Span& span) {
    const SizeClassInfo& info = kSizeClasses[span.span_class / 2];
    const bool large = span.span_class / 2 == 0;
    const uint64_t slots = large ? 1 : info.slots;
    const uint64_t slot_bytes = large ? uint64_t{span.pages} * kPageBytes : info.bytes;
    if (span.slot_count != slots || span.slot_bytes != slot_bytes || (!large && span.pages != info.pages)) {
      report("H1", name(span),
             "has " + text(span.slot_count) + " slots in " + text(span.pages) + " pages, its class says " +
                 text(slots) + " of " + text(slot_bytes) + " bytes");
    }
  }

  // Bits of the slots of one word that hold objects: those before free_index, and those with an alloc bit.
  static uint64_t allocated_bits(const Span& span, uint32_t word) {
    const uint32_t first = word * 64;
    const uint32_t before = span.free_index < first ? 0 : std::min(span.free_index - first, 64u);
    const uint64_t handed_out = before == 64 ? ~uint64_t{0} : (uint64_t{1} << before) - 1;
    return (word_at(span.alloc_bits, word) | handed_out) & ~word_at(span.held_bits, word);
  }

  // H2; counts for H5. A word of bits at a time; slot by slot only where there are objects, or something
  // is wrong.
  void verify_bits(const Span& span) {
    uint32_t live = 0;
    uint32_t held = 0;
    for (uint32_t word = 0; word * 64 < span.slot_count; ++word) {
      const uint64_t beyond = span.slot_count - word * 64 < 64 ? ~uint64_t{0} << (span.slot_count % 64) : 0;
      const uint64_t allocated = allocated_bits(span, word) & ~beyond;
      live += static_cast<uint32_t>(std::popcount(allocated));
      held += static_cast<uint32_t>(std::popcount(word_at(span.held_bits, word) & ~beyond));
      verify_word(span, word, allocated, beyond);
      for_each_bit(word, allocated, [&](uint32_t slot) { verify_object(span, slot); });
    }
    objects_ += live;
    object_bytes_ += live * span.slot_bytes;
    if (live != span.live_count)
      report("H2", name(span), "live_count is " + text(span.live_count) + ", counted " + text(live));
    if (held != span.held_count)
      report("H2", name(span), "held_count is " + text(span.held_count) + ", counted " + text(held));
    if (span.free_index > span.slot_count) {
      report("H2", name(span),
             "free_index " + text(span.free_index) + " lies behind slot " + text(span.slot_count));
    }
  }

  // What must not be: marks of what is no object or while nothing is marked, free slots in quarantine, bits
  // behind the last slot.
  void verify_word(const Span& span, uint32_t word, uint64_t allocated, uint64_t beyond) {
    const auto report_each = [&](uint64_t bits, const char* what) {
      for_each_bit(word, bits, [&](uint32_t slot) { report("H2", name(span, slot), what); });
    };
    const bool marks_mean_nothing = !space_.header()->barrier_on && span.sweepgen != space_.sweepgen() - 2;
    const uint64_t alloc = word_at(span.alloc_bits, word);
    const uint64_t marked = word_at(span.mark_bits, word);
    const uint64_t held = word_at(span.held_bits, word);
    report_each(marked & ~allocated & ~beyond, "marked but not allocated");
    if (marks_mean_nothing) report_each(marked & ~beyond, "marked although nothing is being marked");
    report_each((alloc | marked | held) & beyond, "bit set behind the last slot");
    for_each_bit(word, held & ~alloc & ~beyond, [&](uint32_t slot) {
      if (slot >= span.free_index) report("H2", name(span, slot), "in quarantine but free to allocate");
    });
  }

  void verify_object(const Span& span, uint32_t slot) {
    if (span.slack[slot] > span.slot_bytes)
      report("H2", name(span, slot), "slack " + text(span.slack[slot]) + " exceeds the slot");
    if (span.span_class % 2 == 0 && span.types[slot] == nullptr)
      report("H2", name(span, slot), "scanned object without a type");
  }

  // H3: [start, start + bytes) is poisoned, or is not, throughout.
  void expect_poison(bool poisoned, const Span& span, uint32_t slot, const char* start, size_t bytes) {
    const void* const bad = first_not(poisoned, start, bytes);
    if (bad != nullptr) report_poison(poisoned, name(span, slot), bad);
  }
  void report_poison(bool poisoned, const std::string& path, const void* bad) {
    const auto offset = static_cast<uint64_t>(static_cast<const char*>(bad) - space_.pages().address_of(0));
    report("H3", path,
           "byte heap+" + text(offset) +
               (poisoned ? " is addressable, no object owns it" : " of a live object is poisoned"));
  }

  void verify_poison(const Span& span) {
    const char* free_from = span.base;  // not yet checked, owned by no object
    for (uint32_t word = 0; word * 64 < span.slot_count; ++word) {
      for_each_bit(word, allocated_bits(span, word), [&](uint32_t slot) {
        if (slot >= span.slot_count) return;
        const char* const object = span.base + slot * span.slot_bytes;
        const size_t bytes = span.retired ? 0 : span.slot_bytes - span.slack[slot];
        if (free_from != object)
          expect_poison(true, span, slot, free_from, static_cast<size_t>(object - free_from));
        expect_poison(false, span, slot, object, bytes);
        free_from = object + bytes;
      });
    }
    expect_poison(true, span, span.slot_count, free_from,
                  static_cast<size_t>(span.base + span.pages * kPageBytes - free_from));
  }

  // Every byte of pages that were handed out before. Of the others, most of a young heap, only where each
  // page begins: nobody ever had an address inside, so they can go wrong only whole, or from the page before.
  void verify_free_poison() {
    for (const FreeRun* run : runs_) {
      const uint32_t end = run->first_page + run->pages;
      const uint32_t used = std::clamp(space_.pages().touched_pages(), run->first_page, end);
      expect_free(*run, run->first_page, (used - run->first_page) * kPageBytes);
      for (uint32_t page = used; page < end; ++page) expect_free(*run, page, kPageBeginningBytes);
    }
    const char* const header = space_.pages().address_of(0);
    if (const void* bad = first_not(false, header, sizeof(HeapRangeHeader)))
      report_poison(false, "page 0", bad);
    const void* const bad =
        first_not(true, header + sizeof(HeapRangeHeader), kPageBytes - sizeof(HeapRangeHeader));
    if (bad != nullptr) report_poison(true, "page 0", bad);
  }

  void expect_free(const FreeRun& run, uint32_t page, size_t bytes) {
    const void* const bad = first_not(true, space_.pages().address_of(page), bytes);
    if (bad != nullptr) report_poison(true, "free run at page " + text(run.first_page), bad);
  }

  // H4. places_[page] counts where the span that starts there was found.
  void verify_lists() {
    places_.assign(space_.pages().committed_pages(), 0);
    for (size_t c = 0; c < kSpanClassCount; ++c) {
      if (!space_.central(static_cast<SpanClass>(c)).empty()) {  // most classes list nothing
        for (const bool partial : {false, true}) {
          for (const bool swept : {false, true}) verify_list(static_cast<SpanClass>(c), partial, swept);
        }
      }
      for (const SpanCache* cache : space_.caches()) {
        if (const Span* span = cache->span(static_cast<SpanClass>(c)))
          verify_cached(*span, static_cast<SpanClass>(c));
      }
    }
    for (const Span* span : spans_) {
      const uint32_t places = places_[span->first_page];
      if (places != 1) report("H4", name(*span), "is in " + text(places) + " lists and caches, not in one");
    }
  }

  bool found(const Span& span, SpanClass span_class, const char* where) {
    if (span.first_page >= places_.size() || space_.pages().index().span_at(span.first_page) != &span) {
      report("H4", where, "holds a span the page index does not know");
      return false;
    }
    ++places_[span.first_page];
    if (span.span_class != span_class)
      report("H4", name(span), "is in " + std::string(where) + " of class " + text(span_class));
    return true;
  }

  void verify_list(SpanClass span_class, bool partial, bool swept) {
    const char* const where = partial ? (swept ? "partial swept list" : "partial unswept list")
                                      : (swept ? "full swept list" : "full unswept list");
    const uint32_t generation = space_.sweepgen() - (swept ? 0 : 2);
    uint64_t left = spans_.size() + 1;
    const Span* span = space_.central(span_class).spans(partial, swept, space_.sweepgen()).front();
    bool after_marked = false;
    for (; span != nullptr && left > 0 && found(*span, span_class, where); span = span->list_next, --left) {
      const bool marked = (span->mark_bits[0] & 1) != 0;
      if (span_class / 2 == 0 && !swept && after_marked && !marked)
        report("H4", name(*span), "is dead and lies behind a large span that is not");
      after_marked |= marked;
      if (span->sweepgen != generation) {
        report("H4", name(*span),
               "of generation " + text(span->sweepgen) + " is in the " + where + ", which is for " +
                   text(generation));
      }
      const bool has_room = span->live_count + span->held_count < span->slot_count;
      if (has_room != partial)
        report("H4", name(*span), "has " + text(span->live_count) + " objects and is in the " + where);
    }
    if (left == 0) report("H4", where, "of class " + text(span_class) + " is longer than there are spans");
  }

  void verify_cached(const Span& span, SpanClass span_class) {
    if (!found(span, span_class, "a cache")) return;
    const uint32_t h = space_.sweepgen();
    if (span.sweepgen != h + 3 && span.sweepgen != h + 1) {
      report("H4", name(span),
             "is cached with generation " + text(span.sweepgen) + ", the heap's is " + text(h));
    }
  }

  // H5.
  void expect_count(const char* what, uint64_t kept, uint64_t counted) {
    if (kept != counted) report("H5", what, "is " + text(kept) + ", counted " + text(counted));
  }

  // As the arrays in span.h say.
  static uint64_t block_bytes(const Span& span, bool quarantine) {
    const uint64_t slots = span.slot_count;
    const uint64_t bitmaps = quarantine ? 3 : 2;
    return (sizeof(Span) + 15) / 16 * 16 + bitmaps * ((slots + 63) / 64 * 8) + slots * sizeof(uint16_t) +
           (span.span_class % 2 == 0 ? slots * sizeof(void*) : 0) + (quarantine ? slots * 8 : 0);
  }

  void verify_counters() {
    uint64_t span_metadata_bytes = 0;
    uint64_t run_bytes = runs_.size() * sizeof(FreeRun);
    const FreeRun* spare = space_.pages().spare_runs();
    for (; spare != nullptr; spare = spare->right) run_bytes += sizeof(FreeRun);
    uint64_t unswept_pages = 0;
    uint64_t arena_bytes = 0;
    uint64_t retired_bytes = 0;
    for (const Span* span : spans_) {
      if (span->retired) {
        retired_bytes += span->live_count * span->slot_bytes;
      } else if (span->arena) {
        arena_bytes += span->slot_bytes - span->slack[0];
      }
      if (span->sweepgen == space_.sweepgen() - 2) unswept_pages += span->pages;
      span_metadata_bytes += block_bytes(*span, space_.quarantine_objects() > 0);
    }
    const SpaceCounters& counters = space_.counters();
    expect_count("live_objects", space_.allocated_objects() - counters.freed_objects, objects_);
    expect_count("live_bytes", space_.allocated_bytes() - counters.freed_bytes, object_bytes_);
    expect_count("spans_in_use", counters.spans_in_use, spans_.size());
    expect_count("unswept_pages", counters.unswept_pages, unswept_pages);
    expect_count("arena_bytes", counters.arena_bytes, arena_bytes);
    expect_count("retired_bytes", counters.retired_bytes, retired_bytes);
    expect_count("pages_in_use", space_.pages().pages_in_use(), pages_in_spans_);
    expect_count("pages_free", space_.pages().pages_free(), pages_in_runs_);
    expect_count("pages_released", space_.pages().pages_released(), pages_in_runs_ - pages_retained_);
    expect_count("span_metadata_bytes", counters.span_metadata_bytes, span_metadata_bytes);
    expect_count("metadata_bytes", space_.metadata_bytes(),
                 span_metadata_bytes + run_bytes + space_.caches().size() * sizeof(SpanCache));
  }

  const ObjectSpace& space_;
  Violations* violations_;
  std::vector<const Span*> spans_;
  std::vector<const FreeRun*> runs_;
  std::vector<uint32_t> places_;
  uint64_t pages_in_spans_ = 0;
  uint64_t pages_in_runs_ = 0;
  uint64_t pages_retained_ = 0;
  uint64_t objects_ = 0;
  uint64_t object_bytes_ = 0;
};

}  // namespace

void verify_space(const ObjectSpace& space, Violations* violations) {
  SpaceVerifier(space, violations).verify();
}

}  // namespace gcmap
