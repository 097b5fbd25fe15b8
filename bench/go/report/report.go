// Package report reads operands and clocks and prints figures as Google Benchmark does.
package report

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// Figure is what is reported of one piece of work, under the names Google Benchmark uses; the rest is gc_bench's.
type Figure struct {
	Name           string  `json:"name"`
	CPUTime        float64 `json:"cpu_time"`
	RealTime       float64 `json:"real_time"`
	TimeUnit       string  `json:"time_unit"`
	Operations     float64 `json:"operations"`
	Checksum       string  `json:"label"`
	PeakBytes      float64 `json:"peak_bytes,omitempty"`
	StallNs        float64 `json:"stall_ns,omitempty"`
	StallOnClockNs float64 `json:"stall_on_clock_ns,omitempty"`
	IdleNs         float64 `json:"idle_ns,omitempty"`
}

// Usage ends the process: it was not called as it should be.
func Usage(text string) {
	fmt.Fprintln(os.Stderr, "usage:", text)
	os.Exit(2)
}

// Number reads an operand; ok is false if it is none.
func Number(text string) (value uint64, ok bool) {
	value, err := strconv.ParseUint(text, 10, 64)
	return value, err == nil
}

// context says what was built and how it runs, as far as the process knows it.
func context() map[string]string {
	flags := fmt.Sprintf("GOMAXPROCS=%d GOGC=%s", runtime.GOMAXPROCS(0), os.Getenv("GOGC"))
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range build.Settings {
			if setting.Key == "GOAMD64" {
				flags = "GOAMD64=" + setting.Value + " " + flags
			}
		}
	}
	return map[string]string{"compiler": runtime.Version(), "flags": flags}
}

// Print writes figures and context to stdout.
func Print(figures []Figure) {
	all := struct {
		Context    map[string]string `json:"context"`
		Benchmarks []Figure          `json:"benchmarks"`
	}{context(), figures}
	if err := json.NewEncoder(os.Stdout).Encode(all); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// ProcessorTime is that of the whole process, the collector's included.
func ProcessorTime() time.Duration {
	const clockProcessCPUTime = 2
	var spent syscall.Timespec
	_, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockProcessCPUTime, uintptr(unsafe.Pointer(&spent)), 0)
	if errno != 0 {
		panic(errno)
	}
	return time.Duration(spent.Nano())
}
