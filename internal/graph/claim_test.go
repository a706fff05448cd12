package graph

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// What a create may conclude from the nonce that a read shows.
func TestCheckOfTheClaim(t *testing.T) {
	t.Parallel()
	const ours, before, other = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccccc"
	for name, c := range map[string]struct {
		claim claimed
		shown string
		lost  bool
		wait  bool
	}{
		"ours":                          {claimed{fresh: true}, ours, false, false},
		"fresh, taken by another":       {claimed{fresh: true}, other, true, false},
		"fresh, finished by another":    {claimed{fresh: true}, "", true, false},
		"taken over, not yet visible":   {claimed{before: before}, before, false, true},
		"taken over, taken by a third":  {claimed{before: before}, other, true, false},
		"taken over, finished by other": {claimed{before: before}, "", true, false},
		"restored, not yet visible":     {claimed{}, "", false, true},
		"restored, taken by another":    {claimed{}, other, true, false},
	} {
		tags := []string{entra.TagAppSession}
		if c.shown != "" {
			tags = append(tags, entra.TagProvisioning(c.shown))
		}
		err := c.claim.check(entra.Registration{ClientID: appID, Tags: tags}, entra.KindSession, ours, time.Time{})
		var lost *entra.LostClaimError
		if errors.As(err, &lost) != c.lost || errors.Is(err, entra.ErrNotYetVisible) != c.wait || (err == nil) != (!c.lost && !c.wait) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A registration that can be signed in with, but that nobody has consented to, was not finished.
func TestWasFinished(t *testing.T) {
	t.Parallel()
	declared := entra.Permission{API: appID, Kind: entra.Application, ID: role}
	whole := entra.Registration{
		Secrets: []entra.Secret{{KeyID: keyID}}, ServicePrincipal: &entra.ServicePrincipal{ObjectID: principal},
		Manifest: entra.NewAccess(declared, entra.Permission{API: appID, Kind: entra.Delegated, ID: keyID}),
		Roles:    []entra.GrantedRole{{Resource: entra.API{ID: appID}, RoleID: role}},
	}
	if !wasFinished(whole, true) {
		t.Error("a whole registration counts as unfinished")
	}
	for name, change := range map[string]func(*entra.Registration){
		"without a credential":        func(r *entra.Registration) { r.Secrets = nil },
		"without a service principal": func(r *entra.Registration) { r.ServicePrincipal = nil },
		"without consent":             func(r *entra.Registration) { r.Roles = nil },
	} {
		part := whole
		if change(&part); wasFinished(part, true) {
			t.Errorf("%s it counts as finished", name)
		}
	}
	unconsented := whole
	if unconsented.Roles = nil; !wasFinished(unconsented, false) {
		t.Error("without consent a session that is to have none counts as unfinished")
	}
}

// What a lagging replica may still show, it shows only for a while.
func TestCheckOfTheClaimEnds(t *testing.T) {
	t.Parallel()
	claim := claimed{before: "", since: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	have := entra.Registration{ClientID: appID}
	check := func(after time.Duration) error {
		return claim.check(have, entra.KindSession, "aaaaaaaaaaaaaaaa", claim.since.Add(after))
	}
	var lost *entra.LostClaimError
	if err := check(settlePatience - time.Second); !errors.Is(err, entra.ErrNotYetVisible) {
		t.Errorf("at first %v", err)
	}
	if err := check(settlePatience); !errors.As(err, &lost) {
		t.Errorf("at last %v", err)
	}
}

// Whoever holds the name and never shows is not waited for without end.
func TestHolderThatNeverShows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const byName = "/applications(uniqueName='taken')"
		hidden := func(r *http.Request, parts []batchRequest) (*http.Response, error) {
			if parts[0].Method == http.MethodGet {
				return shown("", map[string]batchResponse{byName: absent})(r, parts)
			}
			return each(map[string]batchResponse{parts[0].URL: refusal(http.StatusBadRequest, "Request_BadRequest",
				"Another object with the same value for property uniqueName already exists.")})(r, parts)
		}
		tenant, s, _ := newTenant(t, slices.Repeat([]step{hidden}, 50)...)
		options := entra.CreateOptions{UniqueName: "taken"}
		_, err := tenant.claim(t.Context(), tenant.claimingSession(entra.Session{}, options, "0123456789abcdef"))
		var taken *entra.NameTakenError
		if !errors.As(err, &taken) || taken.Deleted || taken.UniqueName != "taken" {
			t.Errorf("error %v, want the name taken", err)
		}
		if took := time.Since(s.began); took < holderPatience || took > holderPatience+2*longPause {
			t.Errorf("gave up after %s", took)
		}
	})
}
