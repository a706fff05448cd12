package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// The copies of a list that is to be believed agree, also on there being none.
func TestCopiesOfAList(t *testing.T) {
	t.Parallel()
	list := func(ids ...string) batchResponse {
		body := ""
		for i, id := range ids {
			if i > 0 {
				body += ","
			}
			body += fmt.Sprintf(`{"id":%q,"principalId":"p","appRoleId":%q}`, id, entra.AccessRoles[0].ID)
		}
		return found(`{"value":[` + body + `]}`)
	}
	none := refusal(http.StatusNotFound, "Request_ResourceNotFound", "absent")
	for name, c := range map[string]struct {
		copies []batchResponse
		held   int
		kind   error
	}{
		"the same":               {[]batchResponse{list("a", "b"), list("b", "a")}, 2, nil},
		"others":                 {[]batchResponse{list("a", "b"), list("a")}, 0, entra.ErrNotYetVisible},
		"no register":            {[]batchResponse{none, none}, 0, entra.ErrNotFound},
		"no register in one":     {[]batchResponse{list("a"), none}, 0, entra.ErrNotYetVisible},
		"no register in another": {[]batchResponse{none, list("a")}, 0, entra.ErrNotYetVisible},
		"one":                    {[]batchResponse{list("a")}, 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tenant, s, _ := newTenant(t, inOrder(c.copies...))
				held, err := tenant.holders(t.Context(), appID, len(c.copies), time.Now())
				if len(held) != c.held || !errors.Is(err, c.kind) {
					t.Errorf("held are %v: %v", held, err)
				}
				s.wantRequests()
			})
		})
	}
}

// inOrder answers the parts of a batch one by one.
func inOrder(answers ...batchResponse) step {
	return func(_ *http.Request, parts []batchRequest) (*http.Response, error) {
		responses := make([]batchResponse, len(parts))
		for i, part := range parts {
			responses[i] = answers[i]
			responses[i].ID = part.ID
		}
		body, err := json.Marshal(map[string]any{"responses": responses})
		return httpAnswer(http.StatusOK, string(body)), err
	}
}
