package main

import (
	"time"

	"gcmap/bench/report"
)

// stalls is bench/stalls.h in Go.
type stalls struct {
	operations           uint32
	windowBegan, last    time.Duration // on the clock
	windowBeganProcessor time.Duration
	longest              time.Duration
	longestOnClock       time.Duration
}

const (
	stride  = 16
	window  = 50 * time.Microsecond
	idleMax = time.Second
)

var start = time.Now()

func clock() time.Duration {
	return time.Since(start)
}

// begin: the time before does not count.
func (s *stalls) begin() {
	s.windowBeganProcessor = report.ProcessorTime()
	s.windowBegan = clock()
	s.last = s.windowBegan
}

// operation: the mutator has done one more.
func (s *stalls) operation() {
	s.operations++
	if s.operations%stride == 0 {
		s.read()
	}
}

// read ends a gap here.
func (s *stalls) read() {
	now := clock()
	keep(&s.longestOnClock, now-s.last)
	if now-s.windowBegan < window {
		keep(&s.longest, now-s.last)
		s.last = now
		return
	}
	processor := report.ProcessorTime()
	keep(&s.longest, processor-s.windowBeganProcessor-(s.last-s.windowBegan))
	s.windowBeganProcessor = processor
	s.windowBegan = clock()
	s.last = s.windowBegan
}

func keep(longest *time.Duration, gap time.Duration) {
	if gap > *longest {
		*longest = gap
	}
}

// ofIdleLoop is that of a loop that does nothing else until so much processor time has passed, a second
// at most.
func ofIdleLoop(processor time.Duration) time.Duration {
	if processor > idleMax {
		processor = idleMax
	}
	var idle stalls
	idle.begin()
	for end := idle.windowBeganProcessor + processor; idle.windowBeganProcessor < end; {
		idle.read()
	}
	return idle.longest
}
