package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// An application is there as long as it is shown, whatever becomes of the rest of the read: a refresh that took the
// absence of a part for that of the whole would drop the session from the state.
func TestAbsentPartBesideARefusedOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		forbidden := refusal(http.StatusForbidden, "Authorization_RequestDenied", "Insufficient privileges.")
		partly := shown("", map[string]batchResponse{
			"/servicePrincipals(appId='" + appID + "')": absent, "/roleManagement/directory/roleAssignments": forbidden,
		})
		tenant, s, _ := newTenant(t, partly)
		ref := shownRef
		ref.DirectoryRoles = true
		_, err := tenant.Read(t.Context(), testTenant, ref)
		if !errors.Is(err, entra.ErrForbidden) || errors.Is(err, entra.ErrNotFound) {
			t.Errorf("error %v, want the refusal alone", err)
		}
		s.wantRequests()
	})
}

// A credential of ours that one read does not show is not gone yet: its value could not be had again.
func TestCredentialOfOursIsLookedForAgain(t *testing.T) {
	t.Parallel()
	without := shown("", nil)
	with := shown("", map[string]batchResponse{
		"/applications(appId='" + appID + "')": found(fmt.Sprintf(
			`{"id":%q,"appId":%q,"passwordCredentials":[{"keyId":%q,"endDateTime":"2030-01-01T00:00:00Z"}]}`, appObject, appID, keyID)),
	})
	ref := shownRef
	ref.Owned.SecretKeyID = keyID
	for name, c := range map[string]struct {
		script []step
		there  bool
	}{
		"shown by the next read": {[]step{without, with}, true},
		"shown by none":          {[]step{without, without, without}, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			tenant, s, _ := newTenant(t, c.script...)
			registration, err := tenant.Read(t.Context(), testTenant, ref)
			if err != nil {
				t.Fatal(err)
			}
			s.wantRequests()
			if _, ok := registration.Secret(keyID); ok != c.there {
				t.Errorf("%s: the secret is there: %t", name, ok)
			}
		})
	}
}

// An answer that has come back is not lost when the caller's time ends while another batch is under way.
func TestAnswerIsKeptWhenTheCallerLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tenant, s, _ := newTenant(t, slowly(time.Minute, each(nil)), each(nil))
		stays := make(chan error)
		go func() { stays <- tenant.run(t.Context(), plan{calls: []*call{getting("/stays")}}) }()
		time.Sleep(gatherWindow / 2) // it waits for others
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		calls := many(maxBatch) // 19 of them fill the batch of the session that stays, the last one goes alone
		if err := tenant.run(ctx, plan{calls: calls}); err == nil {
			t.Error("no error although the time was over")
		}
		if last := calls[maxBatch-1]; last.err != nil || last.answer == nil || !last.answer.ok() {
			t.Errorf("the answer that had come is lost: %v", last.err)
		}
		wantKind(t, calls[0].err, entra.ErrUncertain)
		if err := <-stays; err != nil {
			t.Error(err)
		}
		s.wantRequests()
	})
}

// Somebody else's look-up does not make a caller wait beyond its own time.
func TestWaitingForALookUpEndsInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tenant, s, _ := newTenant(t, slowly(time.Hour, each(map[string]batchResponse{
			"/servicePrincipals(appId='" + microsoftID + "')?%24select=id,appId,displayName,tags": found(`{"id":"sp","appId":"` + microsoftID + `"}`),
		})))
		first := make(chan error)
		go func() { first <- tenant.findAPIs(t.Context(), []string{microsoftID}) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		if err := tenant.findAPIs(ctx, []string{microsoftID}); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Minute {
			t.Errorf("error %v after %s", err, time.Since(began))
		}
		if err := <-first; err != nil {
			t.Error(err)
		}
		s.wantRequests()
	})
}

// Who waits for the look-up of another whose time is over makes it itself.
func TestLookUpIsMadeAgainForWhoHasTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tenant, s, _ := newTenant(t, slowly(time.Hour, each(nil)), shown("", nil))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		first := make(chan error)
		go func() { first <- tenant.findAPIs(ctx, []string{appID}) }()
		synctest.Wait()
		if err := tenant.findAPIs(t.Context(), []string{appID}); err != nil {
			t.Errorf("the one that has time ends with %v", err)
		}
		if err := <-first; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the other one ends with %v", err)
		}
		s.wantRequests()
	})
}

// The answer to a look-up that asks for less does not make those of the permissions forgotten that came in the meantime.
func TestPermissionsAreNotForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		withRole := shown("", map[string]batchResponse{"/servicePrincipals(appId='" + appID + "')": found(fmt.Sprintf(
			`{"id":%q,"appId":%q,"appRoles":[{"id":%q,"value":"Books.Lend.All","allowedMemberTypes":["Application"]}]}`,
			principal, appID, role))})
		tenant, s, _ := newTenant(t, slowly(time.Minute, shown("", nil)), withRole)
		first := make(chan error)
		go func() { first <- tenant.findAPIs(t.Context(), []string{appID}) }()
		resolve := func() {
			t.Helper()
			access, err := tenant.Resolve(t.Context(), testTenant, []entra.PermissionRef{{
				API: appID, Kind: entra.Application, Text: "Books.Lend.All",
			}})
			if err != nil || len(access) != 1 || access[0].ID != role {
				t.Errorf("resolved %v, error %v", access.Labels(), err)
			}
		}
		time.Sleep(2 * gatherWindow) // the look-up that asks for less is under way
		resolve()
		if err := <-first; err != nil {
			t.Error(err)
		}
		resolve()
		s.wantRequests()
	})
}
