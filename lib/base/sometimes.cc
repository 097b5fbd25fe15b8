#include "gcmap/internal/base/sometimes.h"

#if GCMAP_REPORT_SOMETIMES

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>

namespace gcmap::internal {

// Of the process: the sites it knows, and what becomes of them at its end.
class SometimesReport {
 public:
  // One write, so that the lines of processes that end at the same time stay whole.
  ~SometimesReport() {
    const char* const path = std::getenv("GCMAP_SOMETIMES_FILE");
    if (path == nullptr) return;
    std::string lines;
    for (const SometimesSite* site = newest_; site != nullptr; site = site->next_) {
      lines += site->hit_.load(std::memory_order_relaxed) ? "hit " : "missed ";
      lines += site->name_;
      lines += '\n';
    }
    const int file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) return;
    [[maybe_unused]] const ssize_t written = write(file, lines.data(), lines.size());
    close(file);
  }

  void add(SometimesSite& site) { site.next_ = std::exchange(newest_, &site); }

  // Made with the first site: what may hit one later goes before it.
  static SometimesReport& instance() {
    static SometimesReport report;
    return report;
  }

 private:
  SometimesSite* newest_ = nullptr;
};

SometimesEntry::SometimesEntry(SometimesSite& site) {
  SometimesReport::instance().add(site);
}

}  // namespace gcmap::internal

#endif
