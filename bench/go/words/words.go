// Package words gives the random numbers of bench/keys.h, to the bit.
package words

// Mix64 is the finalizer of SplitMix64.
func Mix64(x uint64) uint64 {
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}

// Word is word `number` of SplitMix64 under seed.
func Word(seed, number uint64) uint64 {
	return Mix64(seed + (number+1)*0x9e3779b97f4a7c15)
}
