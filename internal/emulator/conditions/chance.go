package conditions

import (
	"encoding/binary"
	"hash/fnv"
)

// chance tells whether something that is as likely as the probability happens. What is decided is named by texts and
// numbers; the same names give the same decision.
func chance(seed uint64, probability float64, names ...any) bool {
	return probability >= 1 || fraction(seed, names...) < probability
}

// fraction returns a number from 0 up to, but not including, 1.
func fraction(seed uint64, names ...any) float64 {
	hash := fnv.New64a()
	for _, name := range names {
		switch name := name.(type) {
		case string:
			_, _ = hash.Write([]byte(name)) // never fails
			_, _ = hash.Write([]byte{0})
		case int:
			_ = binary.Write(hash, binary.LittleEndian, int64(name))
		}
	}
	// FNV alone leaves neighbouring numbers close to each other; this is the finaliser of SplitMix64.
	x := hash.Sum64() + seed*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	return float64(x>>11) / (1 << 53)
}
