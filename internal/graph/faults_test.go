package graph_test

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

// faultsOf makes up what goes wrong in a tenant.
func faultsOf(random *rand.Rand, seed uint64) conditions.Conditions {
	all := conditions.Conditions{Seed: seed}
	for range random.IntN(6) {
		all.Rules = append(all.Rules, faults[random.IntN(len(faults))](random))
	}
	for range random.IntN(4) {
		all.Lags = append(all.Lags, lagOf(random))
	}
	if random.IntN(3) == 0 {
		all.Conflicts = upTo(random, 0.5)
	}
	if random.IntN(4) == 0 {
		all.Throttling = &conditions.Throttling{
			Units: 100 + random.IntN(200), UnitWindow: 10 * time.Second, Writes: 30 + random.IntN(100), WriteWindow: 150 * time.Second,
		}
	}
	return all
}

// interfered adds somebody who changes the same application at the same time. What replicas of that hide, and what only
// an answer that is lost has shown, no client can spare.
func interfered(c conditions.Conditions, random *rand.Rand) conditions.Conditions {
	c.ForeignWriter = &conditions.ForeignWriter{Probability: upTo(random, 0.7), Certificates: true, Secrets: random.IntN(2) == 0}
	c.Lags = slices.DeleteFunc(slices.Clone(c.Lags), func(l conditions.Lag) bool {
		return l.Kind == "" || l.Kind == directory.Application
	})
	c.Rules = slices.DeleteFunc(slices.Clone(c.Rules), func(r conditions.Rule) bool { return r.Path == conditions.Batch && r.Applied })
	return c
}

// lagOf makes up a lag. Some replicas are always behind, some only answer now and then.
func lagOf(r *rand.Rand) conditions.Lag {
	kinds := append([]directory.Kind{""}, directory.Kinds...)
	purposes := []directory.Purpose{"", directory.Read, directory.List, directory.Target, directory.Reference, directory.Copy}
	lag := conditions.Lag{Purpose: purposes[r.IntN(len(purposes))], Delay: seconds(r, 20), Probability: 1}
	if lag.Purpose != directory.Copy {
		lag.Kind = kinds[r.IntN(len(kinds))]
	}
	if r.IntN(2) == 0 {
		lag.Probability = upTo(r, 0.9)
	}
	return lag
}

var failing = []int{
	http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
}

// faults are the kinds of what goes wrong. Their probabilities are those of a very bad day.
var faults = []func(*rand.Rand) conditions.Rule{
	func(r *rand.Rand) conditions.Rule { // single calls are throttled
		return conditions.Rule{
			Path: conditions.Any, Of: conditions.BatchParts, Probability: upTo(r, 0.3), Answer: throttled(r, 30),
		}
	},
	func(r *rand.Rand) conditions.Rule { // so are whole batches
		return conditions.Rule{Path: conditions.Batch, Probability: upTo(r, 0.3), Answer: throttled(r, 60)}
	},
	func(r *rand.Rand) conditions.Rule { // the service fails on single calls, before or after it has carried them out
		return conditions.Rule{
			Path: conditions.Any, Of: conditions.BatchParts, Probability: upTo(r, 0.15), Applied: r.IntN(2) == 0,
			Answer: &conditions.Answer{Status: failing[r.IntN(len(failing))]},
		}
	},
	func(r *rand.Rand) conditions.Rule { // or on whole batches
		return conditions.Rule{
			Path: conditions.Batch, Probability: upTo(r, 0.2), Applied: r.IntN(2) == 0,
			Answer: &conditions.Answer{Status: failing[r.IntN(len(failing))]},
		}
	},
	func(r *rand.Rand) conditions.Rule { // connections break
		return conditions.Rule{Path: conditions.Batch, Probability: upTo(r, 0.2), Reset: true, Applied: r.IntN(2) == 0}
	},
	func(r *rand.Rand) conditions.Rule { // writes to one object get in each other's way
		return conditions.Rule{
			Method: http.MethodPatch, Path: "applications/{}", Of: conditions.BatchParts, Probability: upTo(r, 0.4),
			Answer: &conditions.Answer{Status: http.StatusConflict},
		}
	},
	func(r *rand.Rand) conditions.Rule { // answers take their time
		return conditions.Rule{Path: conditions.Any, Probability: upTo(r, 0.4), Delay: seconds(r, 20)}
	},
	func(r *rand.Rand) conditions.Rule { // the service is out for a while
		return conditions.Rule{
			Path: conditions.Batch, From: 1 + r.IntN(6), To: 7 + r.IntN(3),
			Answer: &conditions.Answer{Status: http.StatusServiceUnavailable, RetryAfter: seconds(r, 30)},
		}
	},
}

func upTo(r *rand.Rand, most float64) float64 { return 0.01 + r.Float64()*(most-0.01) }

func throttled(r *rand.Rand, most int) *conditions.Answer {
	return &conditions.Answer{
		Status: http.StatusTooManyRequests, RetryAfterDate: r.IntN(2) == 0,
		RetryAfter: seconds(r, most),
	}
}

func seconds(r *rand.Rand, most int) time.Duration {
	return time.Duration(1+r.IntN(most)) * time.Second
}
