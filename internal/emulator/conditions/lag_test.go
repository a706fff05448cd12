package conditions

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

func TestNoReplicaWithoutLag(t *testing.T) {
	t.Parallel()
	e := engine(t, Conditions{Rules: []Rule{{Path: Any, Probability: 1, Delay: 1}}})
	replica := e.Replica("GET", "applications")
	if replica != nil || replica.Coin() || replica.Behind(directory.Application, directory.Read) != 0 {
		t.Errorf("got %+v", replica)
	}
}

func TestLagsByKindAndPurpose(t *testing.T) {
	t.Parallel()
	e := engine(t, Conditions{Lags: []Lag{
		{Kind: directory.Application, Purpose: directory.Read, Delay: time.Second, Probability: 1},
		{Kind: directory.Application, Delay: 3 * time.Second, Probability: 1},
		{Purpose: directory.Read, Delay: 2 * time.Second, Probability: 1},
	}})
	replica := e.Replica("GET", "applications/{}")
	for _, test := range []struct {
		kind    directory.Kind
		purpose directory.Purpose
		want    time.Duration
	}{
		{directory.Application, directory.Read, 3 * time.Second},
		{directory.Application, directory.List, 3 * time.Second},
		{directory.User, directory.Read, 2 * time.Second},
		{directory.User, directory.List, 0},
	} {
		if got := replica.Behind(test.kind, test.purpose); got != test.want {
			t.Errorf("%s, %s: %v, want %v", test.kind, test.purpose, got, test.want)
		}
	}
	if (Conditions{}).Horizon() != 0 || e.conditions.Horizon() != 3*time.Second {
		t.Errorf("horizon %v", e.conditions.Horizon())
	}
}

func TestFlappingIsDecidedOncePerRequestAndKind(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) string {
		e := engine(t, Conditions{Seed: seed, Lags: []Lag{{Delay: time.Second, Probability: 0.5}}})
		var seen strings.Builder
		apart := false
		for range 100 {
			replica := e.Replica("GET", "applications/{}")
			application := replica.Behind(directory.Application, directory.Read)
			for _, purpose := range []directory.Purpose{directory.Read, directory.List, directory.Reference} {
				if replica.Behind(directory.Application, purpose) != application {
					t.Fatal("one request sees an object late and in time")
				}
			}
			apart = apart || replica.Behind(directory.User, directory.Read) != application
			seen.WriteString(map[bool]string{true: "-", false: "+"}[application > 0])
			e.Replica("GET", "users") // does not disturb
		}
		if !apart {
			t.Error("all kinds lag together")
		}
		return seen.String()
	}
	first := run(1)
	if late := strings.Count(first, "-"); late < 30 || late > 70 {
		t.Errorf("%d of 100 lag", late)
	}
	if run(1) != first {
		t.Error("the same seed decides otherwise")
	}
	if run(2) == first {
		t.Error("another seed decides alike")
	}
}

func TestCoins(t *testing.T) {
	t.Parallel()
	e := engine(t, Conditions{Lags: []Lag{{Delay: time.Second, Probability: 1}}})
	heads := 0
	for range 100 {
		if replica := e.Replica("POST", "servicePrincipals"); replica.Coin() {
			heads++
			if !replica.Coin() {
				t.Fatal("one request gets two answers")
			}
		}
	}
	if heads < 30 || heads > 70 {
		t.Errorf("%d of 100", heads)
	}
}

func TestSenselessLagsAreRefused(t *testing.T) {
	t.Parallel()
	for want, lag := range map[string]Lag{
		`kind: "Application" is none of [application `:       {Kind: "Application", Delay: 1, Probability: 1},
		`purpose: "signin" is none of [read list `:           {Purpose: "signin", Delay: 1, Probability: 1},
		`purpose: "write" is none of`:                        {Purpose: directory.Write, Delay: 1, Probability: 1},
		`kind: only a servicePrincipal takes something over`: {Purpose: directory.Copy, Kind: directory.User, Delay: 1, Probability: 1},
		"delay: 0s is not positive":                          {Probability: 1},
		"delay: -1ns is not positive":                        {Delay: -1, Probability: 1},
		"probability: 0 is not above 0":                      {Delay: 1},
		"probability: NaN is not above 0":                    {Delay: 1, Probability: math.NaN()},
	} {
		fine := Lag{Delay: 1, Probability: 1}
		_, err := New(Conditions{Lags: []Lag{fine, lag}}, served)
		if err == nil || !strings.HasPrefix(err.Error(), "lags[1]."+want) {
			t.Errorf("%q: got %v", want, err)
		}
	}
}
