// A proportional-integral controller: a number that follows another one, smoothed.
//
//   error    = setpoint - input
//   raw      = gain * error + integral
//   output   = raw, clipped to [least, greatest]
//   integral grows by (gain * period / integral_time) * error + (period / reset_time) * (output - raw)
//
// The last term takes back what clipping hid, so that the integral does not wind up. Outputs are finite
// whatever the inputs are. Source: Go 1.19, runtime/mgcpacer.go, piController.
#pragma once

#include <optional>

namespace gcmap {

class PiController {
 public:
  struct Tuning {
    double gain;
    double integral_time;  // in periods; > 0
    double reset_time;     // in periods; > 0
    double least;
    double greatest;
  };

  explicit PiController(const Tuning& tuning) : tuning_(tuning) {}

  // Takes a sample `period` after the last one and returns the new output.
  // Returns nothing, and forgets what it has learnt, when numbers have left the range of double.
  std::optional<double> next(double input, double setpoint, double period);

 private:
  Tuning tuning_;
  double integral_ = 0;  // of the error
};

}  // namespace gcmap
