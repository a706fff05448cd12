package graph

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const (
	firstPause = 500 * time.Millisecond
	longPause  = 15 * time.Second
	// maxSeconds is the longest time that a duration holds.
	maxSeconds = uint64(math.MaxInt64 / time.Second)
)

// pause is how long to wait before the attempt with the number, counted from 1.
func pause(attempt int) time.Duration { return entra.Pause(attempt, firstPause, longPause) }

// retryAfter reads the header that tells when to come back: in seconds, or as a date. Zero means it does not say.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, maxSeconds)) * time.Second // #nosec G115 -- no more than what fits
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}
