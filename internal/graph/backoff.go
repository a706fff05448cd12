package graph

import (
	"net/http"
	"strconv"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const (
	firstPause = 500 * time.Millisecond
	longPause  = 15 * time.Second
)

// pause is how long to wait before the attempt with the number, counted from 1.
func pause(attempt int) time.Duration { return entra.Pause(attempt, firstPause, longPause) }

// retryAfter reads the header that tells when to come back: in seconds, or as a date. Zero means it does not say.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}
