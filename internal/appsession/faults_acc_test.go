package appsession_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
)

const makesThingsGoWrong = "things have to go wrong in it"

// lost is the loss of the first answer to a part of a batch that has been carried out.
func lost(method, path string) conditions.Conditions {
	return conditions.Conditions{Rules: []conditions.Rule{{
		Method: method, Path: path, Of: conditions.BatchParts, To: 1, Applied: true,
		Answer: &conditions.Answer{Status: http.StatusGatewayTimeout},
	}}}
}

// The kinds of sessions that faults meet.
const (
	secretKind      = "secret"
	certificateKind = "certificate"
)

// faults are what breaks a create by hand-wired resources, or leaves something behind.
var faults = map[string]struct {
	kind  string // of the session
	wrong conditions.Conditions
}{
	"the answer to the application is lost":       {secretKind, lost("PATCH", "applications(uniqueName={})")},
	"the answer to the service principal is lost": {secretKind, lost("PATCH", "servicePrincipals(appId={})")},
	"the answer to a role is lost":                {secretKind, lost("POST", "servicePrincipals/{}/appRoleAssignedTo")},
	"the answer to delegated consent is lost":     {secretKind, lost("POST", "oauth2PermissionGrants")},
	"the answer to a directory role is lost":      {certificateKind, lost("POST", "roleManagement/directory/roleAssignments")},
	"the answer to the secret is lost":            {secretKind, lost("POST", "applications/{}/addPassword")},
	"the answer to the mark is lost": {secretKind, conditions.Conditions{Rules: []conditions.Rule{{
		Method: "PATCH", Path: "applications/{}", Of: conditions.BatchParts, From: 2, To: 2, Applied: true,
		Answer: &conditions.Answer{Status: http.StatusGatewayTimeout},
	}}}},
	"the connection breaks when the application is made": {secretKind, conditions.Conditions{Rules: []conditions.Rule{{
		Path: conditions.Batch, From: 4, To: 4, Reset: true, Applied: true, // after the look-ups of two plans and of the name
	}}}},
	"somebody else writes to the application": {certificateKind, conditions.Conditions{Rules: []conditions.Rule{{
		Method: "PATCH", Path: "applications/{}", Of: conditions.BatchParts, To: 1,
		Answer: &conditions.Answer{Status: http.StatusConflict},
	}}}},
	"one in ten is throttled": {certificateKind, conditions.Conditions{Seed: 1, Rules: []conditions.Rule{{
		Path: conditions.Any, Of: conditions.BatchParts, Probability: 0.1,
		Answer: &conditions.Answer{Status: http.StatusTooManyRequests, RetryAfter: time.Second},
	}}}},
	"a batch in five is throttled, without a time": {secretKind, conditions.Conditions{Seed: 1, Rules: []conditions.Rule{{
		Path: conditions.Batch, Probability: 0.2, Answer: &conditions.Answer{Status: http.StatusTooManyRequests},
	}}}},
	"half of the replicas are three seconds behind": {certificateKind, conditions.Conditions{Seed: 1, Lags: []conditions.Lag{{
		Delay: 3 * time.Second, Probability: 0.5,
	}}}},
	"all replicas are two seconds behind": {secretKind, conditions.Conditions{Lags: []conditions.Lag{{
		Delay: 2 * time.Second, Probability: 1,
	}}}},
	"sign-in fails at first": {secretKind, conditions.Conditions{Rules: []conditions.Rule{{
		Path: conditions.Token, To: 2, Answer: &conditions.Answer{Status: http.StatusServiceUnavailable},
	}}}},
}

const mailAndUsers = `permissions = { "Microsoft Graph" = {
  application = ["User.Read.All", "Group.Read.All", "AuditLog.Read.All"], delegated = ["User.Read", "Mail.Read"] } }`

// An apply gets over what goes wrong, makes everything once, and leaves nothing for the next plan.
func TestAccAppSession_faults(t *testing.T) {
	t.Parallel()
	certificate, _ := acctest.Certificate(t, 365*24*time.Hour)
	kinds := map[string][]string{
		secretKind:      {mailAndUsers},
		certificateKind: {mailAndUsers, certificateLine(certificate), "exchange_online_powershell = {}"},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := acctest.NewEmulated(t, makesThingsGoWrong, emulator.TenantOptions{})
			p := probe{t, tenant.Tenant}
			tenant.SetConditions(t, fault.wrong)
			run(t, p.tenant, resource.TestStep{
				Config: p.tenant.Provider() + p.session(kinds[fault.kind]...),
				Check: withSession(func(found map[string]string) error {
					application := p.application(found["client_id"])
					secrets, _ := application["passwordCredentials"].([]any)
					keys, _ := application["keyCredentials"].([]any)
					if len(secrets)+len(keys) != 1 || strings.Contains(fmt.Sprint(application["tags"]), "provisioning") {
						return fmt.Errorf("%d secrets, %d certificates, tags %v", len(secrets), len(keys), application["tags"])
					}
					if all := p.tenant.List(t, "/applications?$filter=displayName eq '"+p.tenant.Name()+"'"); len(all) != 1 {
						return fmt.Errorf("%d applications", len(all))
					}
					return nil
				}),
			})
		})
	}
}

// A create whose time is too short says what is in place and what is missing, and the next one finishes it.
func TestAccAppSession_timeIsOver(t *testing.T) {
	t.Parallel()
	tenant := acctest.NewEmulated(t, makesThingsGoWrong, emulator.TenantOptions{})
	p := probe{t, tenant.Tenant}
	tenant.SetConditions(t, conditions.Conditions{Rules: []conditions.Rule{{
		Method: "POST", Path: "servicePrincipals/{}/appRoleAssignedTo", Of: conditions.BatchParts, From: 2,
		Answer: &conditions.Answer{Status: http.StatusTooManyRequests, RetryAfter: time.Hour},
	}}})
	var clientID string
	run(t, p.tenant,
		resource.TestStep{
			Config: p.tenant.Provider() + p.session(mailAndUsers, `timeouts = { create = "4s" }`),
			ExpectError: regexp.MustCompile(`(?s)In place in tenant ` + tenant.ID() + `:.*1\s+granted permissions.*` +
				`Missing:.*- grant Microsoft Graph:.*- mark the App session as complete.*timeouts\.create|` +
				`(?s)timeouts\.create.*In place in tenant ` + tenant.ID() + `.*Missing:.*- grant Microsoft Graph:`),
		},
		resource.TestStep{
			PreConfig: func() {
				clientID = fmt.Sprint(p.tenant.List(t, "/applications?$filter=displayName eq '"+p.tenant.Name()+"'")[0]["appId"])
				tenant.SetConditions(t, conditions.Conditions{})
			},
			Config: p.tenant.Provider() + p.session(mailAndUsers),
			Check:  resource.TestCheckResourceAttrPtr(address, "client_id", &clientID),
		},
	)
}
