package graph

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

const testSecret = "S3cret~that-nobody-may-see" //nolint:gosec // made up

// TestNoSecretInLogsOrErrors plays every failure around a request for a client secret and looks at all that is said.
func TestNoSecretInLogsOrErrors(t *testing.T) {
	t.Parallel()
	issued := found(`{"keyId":"22222222-2222-4222-8222-222222222222","secretText":"` + testSecret + `"}`)
	const addPassword = "/applications/object/addPassword"
	throttled := whole(http.StatusTooManyRequests, testSecret, "Retry-After", "3")
	for name, script := range map[string][]step{
		"issued": {
			throttled, whole(http.StatusUnauthorized, ""),
			each(map[string]batchResponse{addPassword: absent}), each(map[string]batchResponse{addPassword: issued}),
		},
		"lost":       {reset},
		"unreadable": {whole(http.StatusOK, `{"responses":[{"id":"0","status":200,"body":{"secretText":"`+testSecret)},
		"misshapen":  {whole(http.StatusOK, `{"responses":{"secretText":"`+testSecret+`"}}`)},
		"no key id":  {each(map[string]batchResponse{addPassword: found(`{"secretText":"` + testSecret + `"}`)})},
		"no object":  {each(map[string]batchResponse{addPassword: found(`"` + testSecret + `"`)})},
		"bad date":   {each(map[string]batchResponse{addPassword: found(`{"endDateTime":"x","secretText":"` + testSecret + `"}`)})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				ctx := tflogtest.RootLogger(t.Context(), &log)
				said := addSecret(ctx, t, script)
				if name == "issued" && said != "" {
					t.Fatal("the secret was not issued: " + said)
				}
				if name != "issued" && said == "" {
					t.Error("no error")
				}
				if name == "issued" && !strings.Contains(log.String(), "throttled by Microsoft Graph") {
					t.Errorf("nothing is logged: %s", log.String())
				}
				for _, secret := range []string{testSecret, testToken} {
					if strings.Contains(log.String(), secret) || strings.Contains(said, secret) {
						t.Errorf("a secret was said: %s\n%s", said, log.String())
					}
				}
			})
		})
	}
}

// addSecret asks for a client secret and returns what the error says, if there is one.
func addSecret(ctx context.Context, t *testing.T, script []step) string {
	t.Helper()
	tenant, s, _ := newTenant(t, script...)
	w := tenant.work(&entra.Session{})
	w.have.ObjectID = "object"
	err := w.apply(ctx, []entra.Change{entra.AddSecret{Terms: entra.SecretTerms{ValidDays: 30}}})
	s.wantRequests()
	if err != nil {
		return err.Error()
	}
	if w.issued == nil || w.issued.Value != testSecret {
		return "the issued secret was not kept"
	}
	return ""
}
