package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// shown answers the reads of a registration without grants, and every write with a 204. overrides replace single
// answers, by path.
func shown(notes string, overrides map[string]batchResponse) step {
	return func(r *http.Request, parts []batchRequest) (*http.Response, error) {
		answers := map[string]batchResponse{}
		for _, p := range parts {
			path := pathOf(p.URL)
			override, ok := overrides[path]
			switch {
			case p.Method != http.MethodGet:
				answers[p.URL] = batchResponse{Status: http.StatusNoContent}
			case ok:
				answers[p.URL] = override
			case path == "/applications(appId='"+appID+"')":
				answers[p.URL] = found(fmt.Sprintf(`{"id":%q,"appId":%q,"displayName":"Finance","notes":%q,"signInAudience":`+
					`"AzureADMyOrg","tags":["sapio365:app-session"]}`, appObject, appID, notes))
			case path == "/servicePrincipals(appId='"+appID+"')":
				answers[p.URL] = found(fmt.Sprintf(`{"id":%q,"appId":%q}`, principal, appID))
			case path == "/applications/"+appObject:
				answers[p.URL] = found(`{"keyCredentials":[]}`)
			default:
				answers[p.URL] = found(`{"value":[]}`)
			}
		}
		return each(answers)(r, parts)
	}
}

var (
	shownRef     = entra.Ref{ClientID: appID, ObjectID: appObject, ServicePrincipalID: principal}
	shownSession = entra.Session{DisplayName: "Finance", Notes: "new", Consent: true}
)

// writes counts the parts that are no reads.
func (s *service) writes() int {
	n := 0
	for _, b := range s.seen {
		for _, p := range b.parts {
			if p.Method != http.MethodGet {
				n++
			}
		}
	}
	return n
}

func TestUpdateWaitsUntilTheChangeIsSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stale, fresh := shown("old", nil), shown("new", nil)
		tenant, s, _ := newTenant(t, stale, stale /* the write */, stale, stale, stale, fresh, fresh)
		result, err := tenant.Update(t.Context(), testTenant, shownRef, shownSession)
		if err != nil || result.Registration.Notes != "new" {
			t.Fatalf("notes %q, error %v", result.Registration.Notes, err)
		}
		s.wantRequests()
		if s.writes() != 1 {
			t.Errorf("%d writes, want one", s.writes())
		}
	})
}

func TestUpdateThatSomebodyElseUndoes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var script []step
		for range 500 {
			script = append(script, shown("old", nil))
		}
		tenant, s, _ := newTenant(t, script...)
		_, err := tenant.Update(t.Context(), testTenant, shownRef, shownSession)
		var incomplete *entra.IncompleteError
		if !errors.As(err, &incomplete) || len(incomplete.Missing) != 1 || !errors.Is(err, entra.ErrConflict) {
			t.Fatalf("error %v, want a conflict and what is missing", err)
		}
		if s.writes() != maxRounds {
			t.Errorf("%d writes, want %d", s.writes(), maxRounds)
		}
		if elapsed := time.Since(s.began); elapsed < settlePatience+(maxRounds-1)*resettlePatience {
			t.Errorf("gave up after %s, before every write had had its time", elapsed)
		}
	})
}

func TestUpdateThatIsNotSeenInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var script []step
		for range 100 {
			script = append(script, shown("old", nil))
		}
		tenant, s, _ := newTenant(t, script...)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := tenant.Update(ctx, testTenant, shownRef, shownSession)
		e := graphError(t, err, entra.ErrNotYetVisible)
		if !strings.Contains(e.Operation, "write the application's notes") || !strings.HasPrefix(e.Remedy, "gave up after ") ||
			!errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, remedy %q, want what was waited for, and for how long", e, e.Remedy)
		}
		var incomplete *entra.IncompleteError
		if !errors.As(err, &incomplete) || len(incomplete.Missing) != 1 || incomplete.Registration.ClientID != appID {
			t.Errorf("error %v, want what exists and what is missing", err)
		}
		if last := s.seen[len(s.seen)-1].at; last < time.Minute {
			t.Errorf("nobody looked at what is left: the last request came after %s", last)
		}
	})
}

func TestReadTakesASecondLook(t *testing.T) {
	t.Parallel()
	gone := shown("new", map[string]batchResponse{"/applications(appId='" + appID + "')": absent})
	halfGone := shown("new", map[string]batchResponse{"/applications/" + appObject + "/owners": absent})
	there := shown("new", nil)
	for name, c := range map[string]struct {
		script []step
		want   error
	}{
		"there":                 {[]step{there}, nil},
		"hidden by one replica": {[]step{gone, there}, nil},
		"hidden by two":         {[]step{gone, gone, there}, nil},
		"half hidden":           {[]step{halfGone, halfGone, there}, nil},
		"gone":                  {[]step{gone, gone, gone}, entra.ErrNotFound},
		"gone, after a doubt":   {[]step{gone, halfGone, gone, gone, gone}, entra.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tenant, s, _ := newTenant(t, c.script...)
				have, err := tenant.Read(t.Context(), testTenant, shownRef)
				if !errors.Is(err, c.want) || c.want == nil && have.Notes != "new" {
					t.Errorf("notes %q, error %v, want %v", have.Notes, err, c.want)
				}
				s.wantRequests()
			})
		})
	}
	t.Run("half gone for good", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			tenant, s, _ := newTenant(t, slices.Repeat([]step{halfGone}, 30)...)
			_, err := tenant.Read(t.Context(), testTenant, shownRef)
			if wantKind(t, err, entra.ErrNotYetVisible); errors.Is(err, entra.ErrNotFound) {
				t.Error("what is there would be dropped from the state")
			}
			if took := time.Since(s.began); took < settlePatience || took > 2*settlePatience {
				t.Errorf("gave up after %s", took)
			}
		})
	})
}

// A read that shows something else than the one before is believed when it has been seen several times in a row.
func TestReadDoubtsWhatIsNew(t *testing.T) {
	t.Parallel()
	was, is, flaps := shown("was", nil), shown("is", nil), shown("flaps", nil)
	for name, c := range map[string]struct {
		script []step
		want   string
	}{
		"nothing new":             {[]step{was}, "was"},
		"new":                     {[]step{is, is, is}, "is"},
		"a lagging replica":       {[]step{is, is, was}, "was"},
		"new, and one that flaps": {[]step{is, flaps, is, is, is}, "is"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				before, _, _ := newTenant(t, was)
				known, err := before.Read(t.Context(), testTenant, shownRef)
				if err != nil {
					t.Fatal(err)
				}
				tenant, s, _ := newTenant(t, c.script...)
				ref := shownRef
				ref.Hints = known.Hints()
				have, err := tenant.Read(t.Context(), testTenant, ref)
				if err != nil || have.Notes != c.want {
					t.Errorf("notes %q, error %v, want %q", have.Notes, err, c.want)
				}
				s.wantRequests()
			})
		})
	}
}

// TestHiddenServicePrincipal upserts a service principal that exists, and that the replicas show late.
func TestHiddenServicePrincipal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hidden := shown("new", map[string]batchResponse{"/servicePrincipals(appId='" + appID + "')": absent})
		there := shown("new", nil)
		session := shownSession
		session.DirectoryRole = entra.ExchangeRoles[0].TemplateID
		assigned := shown("new", map[string]batchResponse{"/roleManagement/directory/roleAssignments": found(fmt.Sprintf(
			`{"value":[{"id":"ra","roleDefinitionId":%q,"directoryScopeId":"/"}]}`, session.DirectoryRole))})
		tenant, s, _ := newTenant(t,
			hidden, hidden, // the read, without the ids that proved wrong
			hidden,                      // the upsert
			hidden, there, there, there, // looks, until it is seen, and its grants, and all that once more
			there,    // the role
			assigned) // the last look
		ref := shownRef
		ref.DirectoryRoles = true
		result, err := tenant.Update(t.Context(), testTenant, ref, session)
		if err != nil || result.Registration.ServicePrincipal == nil {
			t.Fatal(err)
		}
		s.wantRequests()
		if s.writes() != 2 {
			t.Errorf("%d writes, want the upsert and the role", s.writes())
		}
	})
}

// TestFinishedSessionGetsItsNameBack has the upsert meet a finished session of another name, which the look-up had not
// shown. The service principal still has the name that the upsert has replaced.
func TestFinishedSessionGetsItsNameBack(t *testing.T) {
	t.Parallel()
	const nonce = "0123456789abcdef"
	byName := "/applications(uniqueName='race')"
	overwritten := found(fmt.Sprintf(`{"id":%q,"appId":%q,"displayName":"The slower one","tags":["sapio365:app-session",%q],`+
		`"keyCredentials":[{"keyId":%q}]}`, appObject, appID, entra.TagProvisioning(nonce), keyID))
	met := shown("", map[string]batchResponse{
		byName:                                 overwritten,
		"/applications(appId='" + appID + "')": overwritten,
		"/applications/" + appObject:           found(`{"keyCredentials":[{"keyId":"` + keyID + `"}]}`),
		"/servicePrincipals(appId='" + appID + "')": found(fmt.Sprintf(`{"id":%q,"appId":%q,"displayName":"The faster one",`+
			`"tags":["sapio365:app-session","kept",%q,"WindowsAzureActiveDirectoryIntegratedApp"]}`,
			principal, appID, entra.TagProvisioning(nonce))),
	})
	tenant, s, _ := newTenant(t, shown("", map[string]batchResponse{byName: absent}),
		met /* the upsert */, met, met, met, met, met /* the repair */)
	session, options := entra.Session{DisplayName: "The slower one"}, entra.CreateOptions{UniqueName: "race"}
	_, err := tenant.claim(t.Context(), tenant.claimingSession(session, options, nonce))
	var taken *entra.NameTakenError
	if !errors.As(err, &taken) || taken.ClientID != appID || taken.DisplayName != "The faster one" {
		t.Errorf("error %v, want the name taken by the faster one", err)
	}
	s.wantRequests()
	repair := s.seen[len(s.seen)-1].parts[0]
	if want := `{"displayName":"The faster one","tags":["sapio365:app-session","kept"]}`; repair.Method != http.MethodPatch ||
		repair.URL != "/applications/"+appObject || string(repair.Body) != want {
		t.Errorf("%s %s %s, want %s", repair.Method, repair.URL, repair.Body, want)
	}
}
