package conditions

import (
	"slices"
	"sync"
	"time"
)

// Engine decides what becomes of the requests to one tenant. A nil engine lets everything pass. It can be used
// concurrently.
type Engine struct {
	conditions Conditions
	patterns   []pattern // of the rules

	mu      sync.Mutex
	matches []int // of each rule
	counts  map[counter]int
	used    map[string]*usage // of each limit
}

// counter is something that is counted for each route by itself.
type counter struct {
	what          int // the rule, or one of the following
	method, route string
}

// What is counted besides the matches of rules.
const (
	replicas = -1 - iota
	foreignWrites
	conflicts
)

// count returns how many there have been, this one included.
func (e *Engine) count(what int, method, route string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	key := counter{what, method, route}
	e.counts[key]++
	return e.counts[key]
}

// New returns an engine, or nil for conditions under which nothing goes wrong. The error names the first condition that
// makes no sense.
func New(c Conditions, served Served) (*Engine, error) {
	if err := c.check(served); err != nil {
		return nil, err
	}
	if len(c.Rules) == 0 && len(c.Lags) == 0 && c.Throttling == nil && c.ForeignWriter == nil && c.Conflicts == 0 {
		return nil, nil
	}
	// The caller may go on to change what it has given.
	c.Rules, c.Lags = slices.Clone(c.Rules), slices.Clone(c.Lags)
	if c.Throttling != nil {
		throttling := *c.Throttling
		c.Throttling = &throttling
	}
	if c.ForeignWriter != nil {
		writer := *c.ForeignWriter
		c.ForeignWriter = &writer
	}
	e := &Engine{conditions: c, matches: make([]int, len(c.Rules)), counts: map[counter]int{}, used: map[string]*usage{}}
	for _, rule := range c.Rules {
		p, _ := newPattern(rule.Path) // checked
		e.patterns = append(e.patterns, p)
	}
	return e, nil
}

// Request is what is known of a request before it is carried out.
type Request struct {
	Method string
	Route  Route
	Part   bool // of a batch
}

// Decision is what becomes of a request.
type Decision struct {
	Delay   time.Duration // before anything else
	Answer  *Answer       // in place of the service's own, unless nil
	Reset   bool          // no answer at all
	Applied bool          // the request is carried out before Answer or Reset
}

// Interferes tells whether the service's own answer is not the one that is given.
func (d Decision) Interferes() bool { return d.Answer != nil || d.Reset }

// Decide tells what becomes of a request. Each call counts as a request of its own.
func (e *Engine) Decide(r Request) Decision {
	var d Decision
	if e == nil {
		return d
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, rule := range e.conditions.Rules {
		if !rule.matches(r) || !e.patterns[i].matches(r.Route) || !e.applies(i, r) {
			continue
		}
		d.Delay += rule.Delay
		if !d.Interferes() {
			d.Answer, d.Reset, d.Applied = rule.Answer, rule.Reset, rule.Applied
		}
	}
	return d
}

func (r Rule) matches(request Request) bool {
	inScope := r.Of == "" || (r.Of == BatchParts) == request.Part
	return inScope && (r.Method == "" || r.Method == request.Method)
}

// applies counts a match of the i-th rule and tells whether the rule applies to it.
func (e *Engine) applies(i int, r Request) bool {
	rule := e.conditions.Rules[i]
	e.matches[i]++
	match := e.matches[i]
	key := counter{i, r.Method, r.Route.Name}
	e.counts[key]++
	if match < rule.From || rule.To > 0 && match > rule.To {
		return false
	}
	return rule.Probability == 0 ||
		chance(e.conditions.Seed, rule.Probability, "rule", i, r.Method, r.Route.Name, e.counts[key])
}
