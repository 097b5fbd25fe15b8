#include "gc/pacing/pi_controller.h"

#include <algorithm>
#include <cmath>

namespace gcmap {

std::optional<double> PiController::next(double input, double setpoint, double period) {
  const double error = setpoint - input;
  const double raw = tuning_.gain * error + integral_;
  const double output = std::clamp(raw, tuning_.least, tuning_.greatest);
  integral_ += tuning_.gain * period / tuning_.integral_time * error;
  integral_ += period / tuning_.reset_time * (output - raw);
  if (!std::isfinite(raw) || !std::isfinite(integral_)) {
    integral_ = 0;
    return std::nullopt;
  }
  return output;
}

}  // namespace gcmap
