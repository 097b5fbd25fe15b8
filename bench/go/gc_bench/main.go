// gc_bench WORK SIZE SEED: the Go side of bench/gc_bench.cc, with the same output. ./dev bench builds and runs it.
package main

import (
	"fmt"
	"os"
	"time"

	"gcmap/bench/report"
)

// work is one of bench/gc_work.h, made; run is timed.
type work interface {
	run(s *stalls)
	operations() uint64
	checksum() uint64
}

func makeWork(name string, size, seed uint64) (made work, rounds int) {
	switch name {
	case "trees":
		return &trees{depth: uint32(size)}, 1
	case "window":
		return &windowed{objects: size, seed: seed}, 1
	case "mark":
		return &mark{newGraph(size, seed)}, 3
	case "held":
		return &held{graph: newGraph(size, seed)}, 1
	case "churn":
		return newChurn(size, seed), 1
	}
	return nil, 0
}

// residentPeakBytes is that of this process, so far.
func residentPeakBytes() float64 {
	status, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer status.Close()
	var text [4096]byte
	length, _ := status.Read(text[:])
	return peakOf(text[:length])
}

func peakOf(status []byte) float64 {
	const name = "\nVmHWM:"
	for at := 0; at+len(name) < len(status); at++ {
		if string(status[at:at+len(name)]) == name {
			var kibibytes float64
			fmt.Sscan(string(status[at+len(name):]), &kibibytes)
			return kibibytes * 1024
		}
	}
	return 0
}

func usage() {
	report.Usage("gc_bench trees|window|mark|held|churn SIZE SEED")
}

func main() {
	if len(os.Args) != 4 {
		usage()
	}
	size, sizeOK := report.Number(os.Args[2])
	seed, seedOK := report.Number(os.Args[3])
	if !sizeOK || !seedOK || size == 0 {
		usage()
	}
	before := residentPeakBytes()
	work, rounds := makeWork(os.Args[1], size, seed)
	if work == nil {
		usage()
	}
	report.Print([]report.Figure{measure(os.Args[1], work, rounds, before)})
}

func measure(name string, work work, rounds int, before float64) report.Figure {
	var s stalls
	began, beganProcessor := time.Now(), report.ProcessorTime()
	s.begin()
	for round := 0; round < rounds; round++ {
		work.run(&s)
	}
	processor, wall := report.ProcessorTime()-beganProcessor, time.Since(began)
	peak := residentPeakBytes() - before
	return report.Figure{
		Name:           name,
		CPUTime:        float64(processor.Nanoseconds()) / float64(rounds),
		RealTime:       float64(wall.Nanoseconds()) / float64(rounds),
		TimeUnit:       "ns",
		Operations:     float64(work.operations()),
		PeakBytes:      peak,
		StallNs:        float64(s.longest.Nanoseconds()),
		StallOnClockNs: float64(s.longestOnClock.Nanoseconds()),
		IdleNs:         float64(ofIdleLoop(processor).Nanoseconds()),
		Checksum:       fmt.Sprintf("%016x", work.checksum()),
	}
}
