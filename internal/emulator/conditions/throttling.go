package conditions

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// Throttling limits what is done in the tenant, in windows of time that begin with the first request in them. A limit of
// 0 does not exist. What is refused does not count.
type Throttling struct {
	// Units are the resource units that one application may use in each UnitWindow.
	Units      int
	UnitWindow time.Duration
	// Writes are the writes that one application may make in each WriteWindow.
	Writes      int
	WriteWindow time.Duration
	// TenantWrites are the writes that all applications together may make in each TenantWriteWindow.
	TenantWrites      int
	TenantWriteWindow time.Duration
	// RetryAfter is the least that a refused request is told to wait. It is told to wait for the next window, when that
	// is later.
	RetryAfter time.Duration
}

// TenantSize is what Microsoft's limits depend on.
type TenantSize string

// The sizes of tenants.
const (
	Small  TenantSize = "small"  // below 50 users
	Medium TenantSize = "medium" // 50 to 500 users
	Large  TenantSize = "large"  // above 500 users
)

var documentedUnits = map[TenantSize]int{Small: 3500, Medium: 5000, Large: 8000}

// Documented returns the limits that Microsoft documents for identity and access; nil for an unknown size.
func Documented(size TenantSize) *Throttling {
	units, known := documentedUnits[size]
	if !known {
		return nil
	}
	return &Throttling{Units: units, UnitWindow: 10 * time.Second, Writes: 3000, WriteWindow: 150 * time.Second,
		TenantWrites: 18000, TenantWriteWindow: 5 * time.Minute}
}

func (t Throttling) check() error {
	limits := []struct {
		name   string
		limit  int
		window time.Duration
	}{{"unit", t.Units, t.UnitWindow}, {"write", t.Writes, t.WriteWindow}, {"tenant_write", t.TenantWrites, t.TenantWriteWindow}}
	total := 0
	for _, l := range limits {
		switch {
		case l.limit < 0:
			return fmt.Errorf("%ss: %d is negative", l.name, l.limit)
		case l.limit > 0 && l.window <= 0:
			return fmt.Errorf("%s_window: %v is not positive", l.name, l.window)
		case l.limit == 0 && l.window != 0:
			return fmt.Errorf("%ss: missing, and there is a %s_window", l.name, l.name)
		}
		total += l.limit
	}
	switch {
	case total == 0:
		return fmt.Errorf("units: missing, and nothing else is limited")
	case t.RetryAfter < 0:
		return fmt.Errorf("retry_after: %v is negative", t.RetryAfter)
	}
	return nil
}

// usage is what has been used of one limit in its present window.
type usage struct {
	used int
	ends time.Time
}

// limited is one limit that a request comes under.
type limited struct {
	counter     string // what is counted together
	cost, limit int
	window      time.Duration
	scope       string // as x-ms-throttle-scope names it
	information string // as x-ms-throttle-information names it
}

// Admission is whether a request is within the limits, and what its answer says about them.
type Admission struct {
	Refused bool
	Headers map[string]string
}

// Admit counts a request of an application, and refuses it beyond a limit. Without throttling it says nothing.
func (e *Engine) Admit(method, route, query, appID, tenantID string, now time.Time) Admission {
	if e == nil || e.conditions.Throttling == nil {
		return Admission{}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	units := Units(method, route, query)
	limits := e.conditions.Throttling.limits(units, isWrite(method, route), appID, tenantID)
	headers := map[string]string{"x-ms-resource-unit": strconv.Itoa(units)}
	share := 0.0
	for _, l := range limits {
		u := e.usage(l, now)
		ofThis := float64(u.used+l.cost) / float64(l.limit)
		share = max(share, ofThis)
		if ofThis <= 1 {
			continue
		}
		wait := max(u.ends.Sub(now), e.conditions.Throttling.RetryAfter)
		headers["Retry-After"] = seconds(wait)
		headers["x-ms-throttle-scope"] = l.scope
		headers["x-ms-throttle-information"] = l.information
		headers[shareHeader] = percentage(ofThis)
		return Admission{Refused: true, Headers: headers}
	}
	for _, l := range limits {
		e.usage(l, now).used += l.cost
	}
	if share >= warnedShare {
		headers[shareHeader] = percentage(share)
	}
	return Admission{Headers: headers}
}

const (
	shareHeader = "x-ms-throttle-limit-percentage"
	warnedShare = 0.8 // from here on, answers tell the share
)

func percentage(share float64) string { return strconv.FormatFloat(share, 'f', 2, 64) }

// seconds is how a header gives a time to wait.
func seconds(wait time.Duration) string { return strconv.Itoa(int(math.Ceil(wait.Seconds()))) }

func (t Throttling) limits(units int, write bool, appID, tenantID string) []limited {
	var all []limited
	ids := "/" + appID + "/" + tenantID
	if t.Units > 0 {
		all = append(all, limited{"units of " + appID, units, t.Units, t.UnitWindow, "Tenant_Application/ReadWrite" + ids,
			"ResourceUnitLimitExceeded"})
	}
	if write && t.Writes > 0 {
		all = append(all, limited{"writes of " + appID, 1, t.Writes, t.WriteWindow, "Tenant_Application/Write" + ids,
			"WriteLimitExceeded"})
	}
	if write && t.TenantWrites > 0 {
		all = append(all, limited{"writes", 1, t.TenantWrites, t.TenantWriteWindow, "Tenant/Write" + ids, "WriteLimitExceeded"})
	}
	return all
}

// usage returns what is used of a limit now.
func (e *Engine) usage(l limited, now time.Time) *usage {
	u := e.used[l.counter]
	if u == nil || !now.Before(u.ends) {
		u = &usage{ends: now.Add(l.window)}
		e.used[l.counter] = u
	}
	return u
}
