// map_bench KEYS ENTRIES OPERATIONS SEED: the Go side of bench/map_bench.cc, with the same output. ./dev bench builds
// and runs it. A map of Go's shares the bytes of its strings with the caller; str16-cloned gives it copies, as the other
// systems make.
package main

import (
	"encoding/binary"
	"os"
	"strings"

	"gcmap/bench/report"
)

func usage() {
	report.Usage("map_bench u64|str16|str16-cloned ENTRIES OPERATIONS SEED (OPERATIONS >= ENTRIES)")
}

func number(text string) uint64 {
	value, ok := report.Number(text)
	if !ok {
		usage()
	}
	return value
}

func run(kind string, entries, operations, seed uint64) []report.Figure {
	switch kind {
	case "u64":
		work := mapWork[uint64]{
			keys: makeKeys(numbers, seed, entries, operations), entries: entries, operations: operations,
			read:      func(key, value uint64) uint64 { return key ^ value },
			firstWord: func(key uint64) uint64 { return key },
		}
		return work.run()
	case "str16", "str16-cloned":
		work := mapWork[string]{
			keys: makeKeys(views, seed, entries, operations), entries: entries, operations: operations,
			read:      func(key string, value uint64) uint64 { return uint64(len(key)) ^ value },
			firstWord: func(key string) uint64 { return binary.LittleEndian.Uint64([]byte(key[:8])) },
		}
		if kind == "str16-cloned" {
			work.clone = strings.Clone
		}
		return work.run()
	}
	usage()
	return nil
}

func main() {
	if len(os.Args) != 5 {
		usage()
	}
	entries, operations, seed := number(os.Args[2]), number(os.Args[3]), number(os.Args[4])
	if entries == 0 || operations < entries {
		usage()
	}
	report.Print(run(os.Args[1], entries, operations, seed))
}
