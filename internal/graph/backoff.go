package graph

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	firstPause = 500 * time.Millisecond
	longPause  = 15 * time.Second
)

// pause is how long to wait before the attempt with the number, counted from 1: doubling, capped, and spread by a
// quarter so that resources that fail together do not return together.
func pause(attempt int) time.Duration {
	d := longPause
	if attempt < 6 {
		d = min(firstPause<<(attempt-1), longPause)
	}
	return d + time.Duration((rand.Float64()-0.5)*0.5*float64(d)) //nolint:gosec // jitter, no secret
}

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
