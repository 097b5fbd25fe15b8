package main

import (
	"fmt"
	"runtime"
	"time"

	"gcmap/bench/report"
	"gcmap/bench/words"
)

// The work of bench/map_work.h: the same, in the same order, on Go's map.

type mapWork[K comparable] struct {
	keys       keys[K]
	entries    uint64
	operations uint64
	read       func(key K, value uint64) uint64 // what iterating makes of an entry
	firstWord  func(K) uint64
	clone      func(K) K // of a key to insert; nil: inserted as it is
	numbers    map[K]uint64
	figures    []report.Figure
}

func (w *mapWork[K]) run() []report.Figure {
	rounds := w.operations / w.entries
	w.repeat("insert", rounds, w.entries, w.letGo, w.insert, w.digest)
	w.sum("hit", 1, w.operations, w.hit)
	w.sum("miss", 1, w.operations, w.miss)
	w.sum("iterate", rounds, w.entries, w.iterate)
	w.repeat("churn", 1, w.operations, func() {}, w.churn, w.digest)
	return w.figures
}

func (w *mapWork[K]) letGo() {
	w.numbers = nil
	runtime.GC()
}

func (w *mapWork[K]) insert() {
	w.numbers = make(map[K]uint64)
	for i, key := range w.keys.stored[:w.entries] {
		if w.clone != nil {
			key = w.clone(key)
		}
		w.numbers[key] = uint64(i)
	}
}

func (w *mapWork[K]) hit() (sum uint64) {
	for _, key := range w.keys.present {
		sum += w.numbers[key]
	}
	return sum
}

func (w *mapWork[K]) miss() (sum uint64) {
	for i, key := range w.keys.absent {
		if _, found := w.numbers[key]; !found {
			sum += uint64(i)
		}
	}
	return sum
}

func (w *mapWork[K]) iterate() (sum uint64) {
	for key, value := range w.numbers {
		sum += w.read(key, value)
	}
	return sum
}

func (w *mapWork[K]) churn() {
	for i := uint64(0); i < w.operations; i++ {
		delete(w.numbers, w.keys.oldest[i])
		key := w.keys.stored[w.entries+i]
		if w.clone != nil {
			key = w.clone(key)
		}
		w.numbers[key] = w.entries + i
	}
}

// digest is of every entry, in whatever order.
func (w *mapWork[K]) digest() (sum uint64) {
	for key, value := range w.numbers {
		sum += words.Mix64(w.firstWord(key) ^ value)
	}
	return sum
}

// sum repeats work that sums up what it reads; none of it allocates, so that no collection begins meanwhile.
func (w *mapWork[K]) sum(name string, rounds, operations uint64, work func() uint64) {
	var sum uint64
	w.repeat(name, rounds, operations, func() {}, func() { sum += work() }, func() uint64 { return sum })
}

// repeat times work, but not before, and reports one round of it.
func (w *mapWork[K]) repeat(name string, rounds, operations uint64, before, work func(), checksum func() uint64) {
	var processor, wall time.Duration
	for round := uint64(0); round < rounds; round++ {
		before()
		began, beganProcessor := time.Now(), report.ProcessorTime()
		work()
		processor += report.ProcessorTime() - beganProcessor
		wall += time.Since(began)
	}
	w.figures = append(w.figures, report.Figure{
		Name:       name,
		CPUTime:    float64(processor.Nanoseconds()) / float64(rounds),
		RealTime:   float64(wall.Nanoseconds()) / float64(rounds),
		TimeUnit:   "ns",
		Operations: float64(operations),
		Checksum:   fmt.Sprintf("%016x", checksum()),
	})
	runtime.GC()
}
