#include "gcmap/internal/gc/lifetime/finalizers.h"

#include <memory>
#include <stdexcept>
#include <utility>

#include "gcmap/internal/base/counter.h"

namespace gcmap {

// What was not called never is, as when a Go program ends.
Finalizers::~Finalizers() {
  while (Finalizer* const finalizer = attached_.pop_front()) delete finalizer;
  while (Finalizer* const finalizer = queued_.pop_front()) delete finalizer;
}

void Finalizers::set(void* object, FinalizerFunction call) {
  if (specials_.find(object, Special::Kind::kFinalizer) != nullptr) {
    throw std::invalid_argument("gcmap: the object has a finalizer already; clear_finalizer takes it off");
  }
  auto finalizer = std::make_unique<Finalizer>(std::move(call));
  specials_.attach(*finalizer, object);
  finalizer->target = object;
  attached_.push_back(*finalizer.release());
  ++attached_count_;
}

bool Finalizers::clear(void* object) noexcept {
  auto* const finalizer = static_cast<Finalizer*>(specials_.find(object, Special::Kind::kFinalizer));
  if (finalizer == nullptr) return false;
  specials_.detach(*finalizer);
  unlink_attached(*finalizer);
  delete finalizer;
  return true;
}

void Finalizers::unlink_attached(Finalizer& finalizer) {
  if (&finalizer == next_attached_) {
    next_attached_ = finalizer.list_next;
    piece_ = 0;
  }
  attached_.remove(finalizer);
  take_off(attached_count_, 1, "finalizers attached");
}

void Finalizers::begin_scan() {
  next_attached_ = attached_.front();
  next_queued_ = queued_.front();
  piece_ = 0;
}

bool Finalizers::scan_one(RootMarker& marker) noexcept {
  if (next_queued_ != nullptr) {
    marker.shade(std::exchange(next_queued_, next_queued_->list_next)->target);
    return true;
  }
  if (next_attached_ == nullptr) return false;
  if (marker.scan_unmarked(next_attached_->target, piece_++)) {
    next_attached_ = next_attached_->list_next;
    piece_ = 0;
  }
  return true;
}

void Finalizers::queue(Finalizer& finalizer) noexcept {
  specials_.detach(finalizer);
  unlink_attached(finalizer);
  queued_.push_back(finalizer);
  ++queued_count_;
}

Finalizer* Finalizers::pop() noexcept {
  Finalizer* const finalizer = queued_.front();
  if (finalizer == nullptr) return nullptr;
  if (finalizer == next_queued_) next_queued_ = finalizer->list_next;
  queued_.remove(*finalizer);
  take_off(queued_count_, 1, "finalizers queued");
  return finalizer;
}

std::exception_ptr Finalizers::call(const Finalizer& finalizer) noexcept {
  ++run_count_;
  try {
    finalizer.call(finalizer.target);
  } catch (...) {
    ++failed_count_;
    return std::current_exception();
  }
  return nullptr;
}

}  // namespace gcmap
