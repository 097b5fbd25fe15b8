package main

import (
	"encoding/binary"
	"fmt"
	"syscall"
	"unsafe"

	"gcmap/bench/words"
)

// The keys of bench/keys.h, to the bit.

// outside returns count zero Ts outside Go's heap: the collector neither scans them nor counts them as live,
// as in the other systems.
func outside[T any](count uint64) []T {
	var one T
	memory, err := syscall.Mmap(-1, 0, int(count*uint64(unsafe.Sizeof(one))), syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		panic(fmt.Sprintf("no memory for %d keys: %v", count, err))
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&memory[0])), count)
}

func numbers(count uint64, word func(i uint64) uint64) []uint64 {
	list := outside[uint64](count)
	for i := range list {
		list[i] = word(uint64(i))
	}
	return list
}

func views(count uint64, word func(i uint64) uint64) []string {
	const length = 16
	list, bytes := outside[string](count), outside[byte](count*length)
	for i := range list {
		at := bytes[i*length : (i+1)*length]
		binary.LittleEndian.PutUint64(at, word(uint64(i)))
		binary.LittleEndian.PutUint64(at[8:], words.Mix64(word(uint64(i))))
		list[i] = *(*string)(unsafe.Pointer(&at))
	}
	return list
}

// keys are what the work is given.
type keys[K comparable] struct {
	stored  []K // first `entries` to insert, then those churn brings
	oldest  []K // those churn erases, in their order
	present []K // random ones of the first `entries`
	absent  []K
}

// makeKeys makes its lists with list, from the words of the keys.
func makeKeys[K comparable](
	list func(count uint64, word func(i uint64) uint64) []K, seed, entries, operations uint64,
) keys[K] {
	const absent = 1 << 40 // above every stored number
	return keys[K]{
		stored:  list(entries+operations, func(i uint64) uint64 { return words.Word(seed, i) }),
		oldest:  list(operations, func(i uint64) uint64 { return words.Word(seed, i) }),
		present: list(operations, func(i uint64) uint64 { return words.Word(seed, words.Word(^seed, i)%entries) }),
		absent:  list(operations, func(i uint64) uint64 { return words.Word(seed, absent+i) }),
	}
}
