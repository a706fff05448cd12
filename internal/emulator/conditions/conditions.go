// Package conditions describes how the emulated service behaves badly, request by request, and decides what becomes of
// each. It carries nothing out.
//
// Every decision that is left to chance follows from the seed and from what it is about: the place of the rule in the
// list, the method and the route of the request, and how many such requests there were before. So the same requests meet
// the same fate in every run, and requests to one route do not disturb what happens on another. Requests to one route at
// the same time are counted as they come.
package conditions

import (
	"net/http"
	"time"
)

// Conditions are everything that goes wrong. The zero value is a service that never fails, lags or throttles.
type Conditions struct {
	// Seed decides what is left to chance. Another seed decides otherwise.
	Seed uint64
	// Rules single requests out. When several apply to one, their delays add up, and the first that answers or breaks the
	// connection does so. Requests without a good access token are refused before any rule sees them.
	Rules []Rule
	// Lags are what the service's replicas have not seen yet. They concern changes that are made from now on.
	Lags []Lag
	// Throttling limits what is done in the tenant; nil for no limits. Documented returns Microsoft's.
	Throttling *Throttling
	// ForeignWriter changes applications at the same time; nil for nobody.
	ForeignWriter *ForeignWriter
	// Conflicts, up to 1, is how likely a part of a batch that writes to an application is refused with 409 and
	// Directory_ConcurrencyViolation, when another part writes to it that neither waits for this one nor the other way
	// round.
	Conflicts float64
}

// Rule is what happens to some requests: a delay, or an answer or a broken connection, or both.
type Rule struct {
	// Method is the HTTP method, empty for any.
	Method string
	// Path is a path below /v1.0 that the emulator serves, where {} stands for a key of any kind: applications/{} also
	// stands for applications(appId='…'), applications(appId={}) for that alone. A key can also be written out. Besides,
	// $batch stands for batches as a whole, token for the token endpoint, metadata for the other sign-in endpoints, and *
	// for every request, whole batches and parts of batches included.
	Path string
	// Of restricts the rule to HTTP requests or to parts of batches. It is for both when empty.
	Of Scope
	// From and To are the first and the last of the matching requests that the rule applies to, counted from 1; 0 stands
	// for the very first and for no end.
	From, To int
	// Probability, above 0 and up to 1, is how likely the rule applies to each of these requests. It may be left out,
	// which means always, only together with From or To.
	Probability float64

	// Delay is latency on top of Options.Latency. Parts of a batch that do not wait for each other are delayed together.
	Delay time.Duration
	// Answer takes the place of the service's own answer.
	Answer *Answer
	// Reset breaks the connection. It is for HTTP requests alone: Of must say so, unless Path does. A request that is broken
	// off before it is carried out leaves no trace, not even in the log.
	Reset bool
	// Applied tells that the request is carried out all the same before the answer or the reset.
	Applied bool
}

// Scope is a kind of requests.
type Scope string

// The scopes of rules.
const (
	HTTPRequests Scope = "http requests"
	BatchParts   Scope = "batch parts"
)

// Answer is an answer that is not the service's own.
type Answer struct {
	// Status is the HTTP status, 400 to 599.
	Status int
	// Code and Message are those of the error in the body, by default what the service says with the status. Codes of
	// sign-in endpoints are AADSTS numbers; another code is left to Graph and gives way to the default there.
	Code, Message string
	// Headers are further headers of the answer.
	Headers map[string]string
	// RetryAfter sends a header Retry-After, in seconds or, with RetryAfterDate, as a date. 0 sends none.
	RetryAfter     time.Duration
	RetryAfterDate bool
}

// Named routes, besides the paths below /v1.0.
const (
	Any      = "*"
	Batch    = "$batch"
	Token    = "token"
	Metadata = "metadata"
)

// Write sets the headers of the answer.
func (a *Answer) Write(header http.Header, now time.Time) {
	for name, value := range a.Headers {
		header.Set(name, value)
	}
	switch {
	case a.RetryAfter <= 0:
	case a.RetryAfterDate:
		header.Set("Retry-After", now.Add(a.RetryAfter).UTC().Format(http.TimeFormat))
	default:
		header.Set("Retry-After", seconds(a.RetryAfter))
	}
}
