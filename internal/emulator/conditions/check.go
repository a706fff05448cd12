package conditions

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// Served are the requests that rules can be about: the methods of each route below /v1.0, by its name.
type Served map[string][]string

// aadsts is the form of the codes of sign-in endpoints.
var aadsts = regexp.MustCompile(`^AADSTS\d{1,9}$`)

var methods = []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete}

// check refuses conditions that make no sense. The error names the place, as in "rules[0].path: …".
func (c Conditions) check(served Served) error {
	for i, rule := range c.Rules {
		if err := rule.check(served); err != nil {
			return fmt.Errorf("rules[%d].%w", i, err)
		}
	}
	for i, lag := range c.Lags {
		if err := lag.check(); err != nil {
			return fmt.Errorf("lags[%d].%w", i, err)
		}
	}
	if c.Throttling != nil {
		if err := c.Throttling.check(); err != nil {
			return fmt.Errorf("throttling.%w", err)
		}
	}
	if c.ForeignWriter != nil {
		if err := c.ForeignWriter.check(); err != nil {
			return fmt.Errorf("foreign_writer.%w", err)
		}
	}
	// Written so that it refuses what is not a number.
	if !(c.Conflicts >= 0 && c.Conflicts <= 1) {
		return fmt.Errorf("conflicts: %v is not between 0 and 1", c.Conflicts)
	}
	return nil
}

func (r Rule) check(served Served) error {
	if err := r.checkPath(served); err != nil {
		return err
	}
	switch {
	case r.Of != "" && r.Of != HTTPRequests && r.Of != BatchParts:
		return fmt.Errorf("of: %q is neither %q nor %q", r.Of, HTTPRequests, BatchParts)
	case r.Of == BatchParts && r.wholeRequests():
		return fmt.Errorf("of: %q is never a part of a batch", r.Path)
	case r.From < 0:
		return fmt.Errorf("from: %d is negative", r.From)
	case r.To < 0 || r.To > 0 && r.To < r.From:
		return fmt.Errorf("to: %d is before the first match %d", r.To, max(r.From, 1))
	case r.Probability == 0 && r.From == 0 && r.To == 0:
		return fmt.Errorf("probability: missing; 1 stands for every match, and with from or to it can be left out")
	}
	if r.Probability != 0 {
		if err := checkProbability(r.Probability); err != nil {
			return err
		}
	}
	return r.checkEffect()
}

func (r Rule) checkPath(served Served) error {
	if r.Method != "" && !slices.Contains(methods, r.Method) {
		return fmt.Errorf("method: %q is none of %s", r.Method, strings.Join(methods, ", "))
	}
	path, ok := newPattern(r.Path)
	if !ok {
		return fmt.Errorf("path: %q is not well formed", r.Path)
	}
	var allowed []string
	switch path.name {
	case Any:
		allowed = methods
	case Batch, Token:
		allowed = []string{http.MethodPost}
	case Metadata:
		allowed = []string{http.MethodGet}
	default:
		for route, ofRoute := range served {
			if path.servedBy(route) {
				allowed = append(allowed, ofRoute...)
			}
		}
	}
	switch {
	case len(allowed) == 0:
		return fmt.Errorf("path: nothing is served at %q", r.Path)
	case r.Method != "" && !slices.Contains(allowed, r.Method):
		return fmt.Errorf("method: %s is not served at %q", r.Method, r.Path)
	}
	return nil
}

// wholeRequests tells whether the path stands for HTTP requests alone.
func (r Rule) wholeRequests() bool {
	return r.Path == Batch || r.Path == Token || r.Path == Metadata
}

func (r Rule) checkEffect() error {
	switch {
	case r.Delay < 0:
		return fmt.Errorf("delay: %v is negative", r.Delay)
	case r.Delay == 0 && r.Answer == nil && !r.Reset:
		return fmt.Errorf("delay: missing, and there is neither an answer nor a reset")
	case r.Answer != nil && r.Reset:
		return fmt.Errorf("reset: a broken connection has no answer")
	case r.Reset && r.Of != HTTPRequests && !r.wholeRequests():
		return fmt.Errorf("reset: only an HTTP request has a connection to break, of must be %q", HTTPRequests)
	case r.Applied && r.Answer == nil && !r.Reset:
		return fmt.Errorf("applied: without answer or reset every request is")
	case r.Answer == nil:
		return nil
	}
	if err := r.Answer.check(r.Path == Token || r.Path == Metadata); err != nil {
		return fmt.Errorf("answer.%w", err)
	}
	return nil
}

func (a *Answer) check(signIn bool) error {
	isNumber := strings.HasPrefix(a.Code, "AADSTS")
	switch {
	case a.Status < http.StatusBadRequest || a.Status > 599:
		return fmt.Errorf("status: %d is not between 400 and 599", a.Status)
	case a.Code != "" && (signIn || isNumber) && !aadsts.MatchString(a.Code):
		return fmt.Errorf("code: %q is not an AADSTS number", a.Code)
	case a.RetryAfter < 0:
		return fmt.Errorf("retry_after: %v is negative", a.RetryAfter)
	case a.RetryAfterDate && a.RetryAfter == 0:
		return fmt.Errorf("retry_after_date: there is no retry_after")
	}
	return nil
}

func checkProbability(p float64) error {
	// Written so that it refuses what is not a number.
	if !(p > 0 && p <= 1) {
		return fmt.Errorf("probability: %v is not above 0 and up to 1", p)
	}
	return nil
}
