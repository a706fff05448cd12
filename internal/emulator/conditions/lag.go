package conditions

import (
	"fmt"
	"slices"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

// Lag is how far behind some of the service's replicas are. A request that meets one sees the objects of the kind as they
// were, all of them alike. Of several lags that a request meets for the same look, the longest counts.
type Lag struct {
	// Kind is the kind of objects, by its name in Graph's metadata, empty for any.
	Kind directory.Kind
	// Purpose is why the objects are looked at, empty for any:
	//
	//	read       a GET of one object by a key
	//	list       a list or filter, also of what is linked with an object
	//	target     the search for the object that a write goes to; once found, the write works on its present state
	//	reference  an object that a write points to
	//	sign-in    what the token endpoint looks at
	//	copy       what a service principal takes over from its application, which arrives this much later
	//
	// Writes and their checks for uniqueness always see the present.
	Purpose directory.Purpose
	// Delay is how much later changes show.
	Delay time.Duration
	// Probability, above 0 and up to 1, is how likely a request meets the lag. Below 1 replicas flap: one request sees what
	// the next one does not.
	Probability float64
}

var purposes = []directory.Purpose{directory.Read, directory.List, directory.Target, directory.Reference, directory.SignIn,
	directory.Copy}

func (l Lag) check() error {
	switch {
	case l.Kind != "" && !slices.Contains(directory.Kinds, l.Kind):
		return fmt.Errorf("kind: %q is none of %v", l.Kind, directory.Kinds)
	case l.Purpose != "" && !slices.Contains(purposes, l.Purpose):
		return fmt.Errorf("purpose: %q is none of %v", l.Purpose, purposes)
	case l.Purpose == directory.Copy && l.Kind != "" && l.Kind != directory.ServicePrincipal:
		return fmt.Errorf("kind: only a %s takes something over, not %q", directory.ServicePrincipal, l.Kind)
	case l.Delay <= 0:
		return fmt.Errorf("delay: %v is not positive", l.Delay)
	}
	return checkProbability(l.Probability)
}

// Horizon is the longest delay of all lags: how long what was has to be remembered.
func (c Conditions) Horizon() time.Duration {
	var longest time.Duration
	for _, lag := range c.Lags {
		longest = max(longest, lag.Delay)
	}
	return longest
}

// Replica is what answers one request. A nil replica shows the present. It is used by one goroutine.
type Replica struct {
	conditions    Conditions
	method, route string
	ordinal       int // of the request among those to the route
	known         map[look]time.Duration
}

type look struct {
	kind    directory.Kind
	purpose directory.Purpose
}

// Replica chooses a replica for a request to the route. Each call counts as a request of its own.
func (e *Engine) Replica(method, route string) *Replica {
	if e == nil || len(e.conditions.Lags) == 0 {
		return nil
	}
	return &Replica{e.conditions, method, route, e.count(replicas, method, route), map[look]time.Duration{}}
}

// Behind returns how old the objects of the kind are that the replica shows to somebody with the purpose.
func (r *Replica) Behind(kind directory.Kind, purpose directory.Purpose) time.Duration {
	if r == nil {
		return 0
	}
	this := look{kind, purpose}
	if behind, known := r.known[this]; known {
		return behind
	}
	var behind time.Duration
	for i, lag := range r.conditions.Lags {
		if lag.Kind != "" && lag.Kind != kind || lag.Purpose != "" && lag.Purpose != purpose {
			continue
		}
		// The purpose is left out: a replica is late for all of them at once.
		if chance(r.conditions.Seed, lag.Probability, "lag", i, r.method, r.route, r.ordinal, string(kind)) {
			behind = max(behind, lag.Delay)
		}
	}
	r.known[this] = behind
	return behind
}

// Coin chooses, equally likely, between two ways of answering the request.
func (r *Replica) Coin() bool {
	return r != nil && chance(r.conditions.Seed, 0.5, "coin", r.method, r.route, r.ordinal)
}
