#include "gcmap/internal/alloc/reservation.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "gcmap/internal/alloc/poison.h"
#include "gcmap/internal/base/check.h"
#include "gcmap/out_of_memory.h"

namespace gcmap {
namespace {

constexpr size_t kPoolMax = 8;                         // recycled reservations kept
constexpr size_t kResidentBytesMax = size_t{2} << 20;  // memory a recycled reservation keeps

// Ranges tried, in units of kHeapRangeAlignment: first the middle of the lower half, where neither
// programs, libraries nor sanitizer shadows live, then what is left of the 47-bit address space.
struct CandidateBand {
  uintptr_t first, last;
};
constexpr CandidateBand kCandidateBands[] = {{128, 320}, {321, 511}, {1, 127}};

// A plain hint, not MAP_FIXED_NOREPLACE: the thread and memory sanitizers replace an address they keep for
// themselves by null, which as a fixed address means page 0.
void* map_at(uintptr_t address, size_t bytes) {
  void* const hint = reinterpret_cast<void*>(address);
  void* const got = mmap(hint, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (got == MAP_FAILED) return nullptr;
  if (got == hint) return got;
  munmap(got, bytes);  // occupied
  return nullptr;
}

// Every place for a range is taken, nearly always by other heaps: there are 511, less what the process itself
// occupies, and the size of a range does not matter.
[[noreturn]] void refuse_place() {
  throw std::system_error(ENOMEM, std::generic_category(),
                          "gcmap: the process has no address space left for one more heap: each takes " +
                              std::to_string(kHeapRangeAlignment >> 30) +
                              " GiB of addresses, whatever HeapOptions::range_bytes is, which makes room for "
                              "some 500 (fewer under a sanitizer). Destroy heaps that are not needed, or let "
                              "several maps share one");
}

[[noreturn]] void refuse(size_t bytes, const char* what) {
  throw std::system_error(
      errno != 0 ? errno : ENOMEM, std::generic_category(),
      "gcmap: cannot reserve " + std::to_string(bytes >> 20) + " MiB of address space for " + what +
          " (a limit on virtual memory, as by ulimit -v? HeapOptions::range_bytes asks for less)");
}

// Null, with errno if the system refused, and without if all places are occupied.
void* map_anywhere(size_t bytes) {
  for (const CandidateBand& band : kCandidateBands) {
    for (uintptr_t unit = band.first; unit <= band.last; ++unit) {
      void* const base = map_at(unit * kHeapRangeAlignment, bytes);
      if (base != nullptr) return base;
    }
  }
  return nullptr;
}

// Of the mapping beside the range: a word per page, then the set of retained pages.
size_t index_bytes_of(size_t range_bytes) {
  const size_t pages = range_bytes / kPageBytes;
  return pages * sizeof(uintptr_t) + PageSet::words_for(static_cast<uint32_t>(pages)) * sizeof(uint64_t);
}

class Pool {
 public:
  std::unique_ptr<Reservation> take(size_t bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (size_t i = idle_.size(); i-- > 0;) {
      if (idle_[i]->bytes() != bytes) continue;
      std::unique_ptr<Reservation> found = std::move(idle_[i]);
      idle_.erase(idle_.begin() + static_cast<std::ptrdiff_t>(i));
      return found;
    }
    return nullptr;
  }

  // Returns what does not fit, for the caller to destroy outside the lock.
  std::unique_ptr<Reservation> put(std::unique_ptr<Reservation> reservation) noexcept {
    const std::lock_guard<std::mutex> lock(mutex_);
    idle_.push_back(std::move(reservation));
    if (idle_.size() <= kPoolMax) return nullptr;
    std::unique_ptr<Reservation> oldest = std::move(idle_.front());
    idle_.erase(idle_.begin());
    return oldest;
  }

  std::vector<std::unique_ptr<Reservation>> drain() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::move(idle_);
  }

  // Never destroyed: heaps with static storage duration may die after any static pool would.
  static Pool& instance() {
    static Pool* const pool = new Pool;
    return *pool;
  }

 private:
  Pool() { idle_.reserve(kPoolMax + 1); }

  std::mutex mutex_;
  std::vector<std::unique_ptr<Reservation>> idle_;
};

}  // namespace

std::unique_ptr<Reservation> Reservation::acquire(size_t bytes) {
  if (std::unique_ptr<Reservation> recycled = Pool::instance().take(bytes)) return recycled;
  return std::unique_ptr<Reservation>(new Reservation(bytes));
}

void Reservation::give_back(std::unique_ptr<Reservation> reservation, uint32_t touched_pages) noexcept {
  reservation->recycle(touched_pages);
  Pool::instance().put(std::move(reservation));
}

void Reservation::trim() noexcept {
  Pool::instance().drain();
}

Reservation::Reservation(size_t bytes) : bytes_(bytes) {
  errno = 0;
  base_ = static_cast<char*>(map_anywhere(bytes));
  if (base_ == nullptr) {
    if (errno == 0) refuse_place();
    refuse(bytes, "a heap");
  }
  const size_t index_bytes = index_bytes_of(bytes);
  void* const words =
      mmap(nullptr, index_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (words == MAP_FAILED) {
    munmap(base_, bytes);
    refuse(index_bytes, "a page index");
  }
  page_words_ = static_cast<uintptr_t*>(words);
  static_assert(sizeof(uintptr_t) == sizeof(uint64_t));
  retained_ = PageSet(reinterpret_cast<uint64_t*>(page_words_ + pages()), pages());
}

Reservation::~Reservation() {
  unpoison(base_, accessible_bytes_);  // the addresses may serve others next
  munmap(page_words_, index_bytes_of(bytes_));
  munmap(base_, bytes_);
}

void Reservation::commit(uint32_t pages) {
  GCMAP_CHECK(pages <= this->pages(), "%u pages are to be committed of a range of %u", pages, this->pages());
  const size_t wanted = (pages * kPageBytes + kCommitBytes - 1) / kCommitBytes * kCommitBytes;
  if (wanted <= committed_bytes_) return;
  if (wanted > accessible_bytes_) {
    char* const start = base_ + accessible_bytes_;
    const size_t added = wanted - accessible_bytes_;
    if (mprotect(start, added, PROT_READ | PROT_WRITE) != 0)
      throw OutOfMemory(OutOfMemory::Reason::kSystemRefused, added, 0, errno);
    poison(start, added);
    accessible_bytes_ = wanted;
  }
  if (committed_bytes_ > 0) remove_leak_root(base_, committed_bytes_);
  committed_bytes_ = wanted;
  add_leak_root(base_, committed_bytes_);
}

bool Reservation::discard(uint32_t first_page, uint32_t pages) noexcept {
  GCMAP_CHECK(first_page > 0 && pages <= committed_pages() && first_page <= committed_pages() - pages,
              "%u pages at page %u are to be discarded; %u are committed, and the first is the header", pages,
              first_page, committed_pages());
  // What the system's pages share with others cannot be given back.
  if (sysconf(_SC_PAGESIZE) > static_cast<long>(kPageBytes)) return false;
  return madvise(base_ + first_page * kPageBytes, pages * kPageBytes, MADV_DONTNEED) == 0;
}

void Reservation::recycle(uint32_t touched_pages) noexcept {
  constexpr uint32_t kResidentPagesMax = kResidentBytesMax / kPageBytes;
  if (committed_bytes_ > 0) remove_leak_root(base_, committed_bytes_);
  poison(base_, touched_pages * kPageBytes);
  // Behind the touched pages lies at most one free run, entered at its first and last page.
  std::memset(page_words_, 0, std::min(touched_pages + 1, pages()) * sizeof(uintptr_t));
  if (committed_bytes_ > 0) page_words_[committed_pages() - 1] = 0;
  retained_.clear(touched_pages);
  if (touched_pages > kResidentPagesMax) {
    char* const start = base_ + kResidentBytesMax;
    if (madvise(start, (touched_pages - kResidentPagesMax) * kPageBytes, MADV_DONTNEED) == 0) {
      touched_pages = kResidentPagesMax;
    }
  }
  dirty_pages_ = std::max(dirty_pages_, touched_pages);
  committed_bytes_ = 0;
  metadata_.reset();
}

}  // namespace gcmap
