package graph_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

// TestDriftIsFoundAndRepaired has somebody at work in the portal between two runs. The next plan finds exactly what is
// ours to repair, the apply repairs it, and what belongs to others stays.
func TestDriftIsFoundAndRepaired(t *testing.T) {
	t.Parallel()
	shared, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(50) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { drift(t, shared, rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

func drift(t *testing.T, shared *emulator.Server, random *rand.Rand) {
	l := &life{world: newWorldOn(t, shared, emulator.TenantOptions{}, entra.SystemClock{})}
	session := secretSession(t, "Drifting")
	if random.IntN(2) == 0 {
		session = referenceSession(t, "Drifting")
	}
	session.Owners = []string{}
	result, want := l.born(session)
	ref := refOf(result.Registration, want)
	ref.DirectoryRoles = true
	p := &portal{life: l, random: random, at: result.Registration}
	var done []string
	ours := false
	for range 1 + random.IntN(4) {
		click := clicks[random.IntN(len(clicks))]
		if click.possible != nil && !click.possible(p) {
			continue
		}
		click.do(p)
		done, ours = append(done, click.name), ours || click.ours
	}
	var have entra.Registration
	l.operate("plan", func(ctx context.Context) (err error) {
		have, err = l.Read(ctx, l.tenant.ID(), ref)
		return err
	})
	if found := len(entra.Diff(want, have, "", time.Now())) > 0; found != ours {
		t.Fatalf("after %q, drift was found: %t", done, found)
	}
	ref.Hints = have.Hints()
	l.operate("apply", func(ctx context.Context) (err error) {
		result, err = l.Update(ctx, l.tenant.ID(), ref, want)
		return err
	})
	have = l.wantComplete(result.Registration, owning(want, result))
	if have.ClientID != ref.ClientID {
		t.Errorf("client id %s, was %s", have.ClientID, ref.ClientID)
	}
	for _, id := range p.secrets {
		if _, ok := have.Secret(id); !ok {
			t.Errorf("after %q, the secret %s of somebody else is gone", done, id)
		}
	}
	for _, id := range p.grants {
		if !slices.Contains(p.grantsOf("Principal"), id) {
			t.Errorf("after %q, the consent %s of a user is gone", done, id)
		}
	}
}

// portal is somebody who changes things by hand.
type portal struct {
	*life
	random  *rand.Rand
	at      entra.Registration
	secrets []string // key ids of secrets of others
	grants  []string // ids of what users consented to
	gone    bool     // the service principal is deleted
}

func (p *portal) application(changes map[string]any) {
	p.do(http.MethodPatch, "/applications/"+p.at.ObjectID, changes)
}

// roles are the ids of the roles that the session holds now.
func (p *portal) roles() []any {
	return p.list("/servicePrincipals/" + p.at.ServicePrincipal.ObjectID + "/appRoleAssignments?$top=999")
}

func (p *portal) graphPrincipal() any {
	return p.do(http.MethodGet, "/servicePrincipals(appId='"+catalogue.MicrosoftGraph+"')?$select=id", nil)["id"]
}

// grantsOf are the ids of the session's delegated grants of the kind.
func (p *portal) grantsOf(consentType string) []string {
	var ids []string
	for _, item := range p.list("/oauth2PermissionGrants?$filter=clientId eq '" + p.at.ServicePrincipal.ObjectID + "'") {
		if grant, ok := item.(map[string]any); ok && grant["consentType"] == consentType {
			ids = append(ids, fmt.Sprint(grant["id"]))
		}
	}
	return ids
}

func hasPrincipal(p *portal) bool { return !p.gone }

// clicks are what somebody may do. Those that are ours to repair have to show in the next plan.
var clicks = []struct {
	name     string
	ours     bool
	possible func(*portal) bool
	do       func(*portal)
}{
	{"rename", true, nil, func(p *portal) { p.application(map[string]any{"displayName": "Renamed"}) }},
	{"write notes", true, nil, func(p *portal) { p.application(map[string]any{"notes": fmt.Sprint("by hand ", p.random.IntN(9))}) }},
	{"describe", false, nil, func(p *portal) { p.application(map[string]any{"description": "by hand"}) }},
	{"declare nothing", true, nil, func(p *portal) { p.application(map[string]any{"requiredResourceAccess": []any{}}) }},
	{"take the tags away", false, nil, func(p *portal) { p.application(map[string]any{"tags": []any{}}) }},
	{"open to other tenants", true, nil, func(p *portal) { p.application(map[string]any{"signInAudience": "AzureADMultipleOrgs"}) }},
	{"let everybody in", true, hasPrincipal, func(p *portal) {
		p.do(http.MethodPatch, "/servicePrincipals/"+p.at.ServicePrincipal.ObjectID, map[string]any{"appRoleAssignmentRequired": false})
	}},
	{"revoke a role", true, func(p *portal) bool { return hasPrincipal(p) && len(p.roles()) > 0 }, func(p *portal) {
		roles := p.roles()
		role, _ := roles[p.random.IntN(len(roles))].(map[string]any)
		p.do(http.MethodDelete, fmt.Sprintf("/servicePrincipals/%s/appRoleAssignments/%s", p.at.ServicePrincipal.ObjectID, role["id"]), nil)
	}},
	{"grant a role", true, hasPrincipal, func(p *portal) {
		api := p.graphPrincipal()
		_, _, _ = p.tenant.Do(http.MethodPost, fmt.Sprintf("/servicePrincipals/%s/appRoleAssignedTo", api), map[string]any{
			"principalId": p.at.ServicePrincipal.ObjectID, "resourceId": api,
			"appRoleId": permissionOf(p, entra.Application, "TeamsTab.ReadWrite.All").ID,
		}) // it may be granted already, by the same hand
	}},
	{"consent to nothing", true, func(p *portal) bool { return hasPrincipal(p) && len(p.grantsOf("AllPrincipals")) > 0 }, func(p *portal) {
		for _, id := range p.grantsOf("AllPrincipals") {
			p.do(http.MethodDelete, "/oauth2PermissionGrants/"+id, nil)
		}
	}},
	{"consent as a user", false, hasPrincipal, func(p *portal) {
		user := p.do(http.MethodPost, "/users", map[string]any{
			"accountEnabled": true, "displayName": "Nadia", "mailNickname": fmt.Sprint("nadia", len(p.grants)),
			"userPrincipalName": fmt.Sprintf("nadia%d@%s", len(p.grants), p.tenant.Domain()),
			"passwordProfile":   map[string]any{"password": "Correct-horse-7"},
		})
		p.grants = append(p.grants, fmt.Sprint(p.do(http.MethodPost, "/oauth2PermissionGrants", map[string]any{
			"clientId": p.at.ServicePrincipal.ObjectID, "consentType": "Principal", "principalId": user["id"],
			"resourceId": p.graphPrincipal(), "scope": "Mail.Read",
		})["id"]))
	}},
	{"add a secret", false, nil, func(p *portal) {
		p.secrets = append(p.secrets, fmt.Sprint(p.do(http.MethodPost, "/applications/"+p.at.ObjectID+"/addPassword",
			map[string]any{"passwordCredential": map[string]any{"displayName": "by hand"}})["keyId"]))
	}},
	{"remove our credentials", true, nil, func(p *portal) {
		for _, secret := range p.at.Secrets {
			_, _, _ = p.tenant.Do(http.MethodPost, "/applications/"+p.at.ObjectID+"/removePassword", map[string]any{"keyId": secret.KeyID})
		}
		if len(p.at.Keys) > 0 {
			p.application(map[string]any{"keyCredentials": []any{}})
		}
	}},
	{"add an owner", true, nil, func(p *portal) {
		other, err := p.tenant.Caller("Colleague")
		if err != nil {
			p.Fatal(err)
		}
		p.do(http.MethodPost, "/applications/"+p.at.ObjectID+"/owners/$ref",
			map[string]any{"@odata.id": p.server.URL() + "/v1.0/directoryObjects/" + other.ObjectID})
	}},
	{"delete the service principal", true, hasPrincipal, func(p *portal) {
		p.do(http.MethodDelete, "/servicePrincipals/"+p.at.ServicePrincipal.ObjectID, nil)
		p.gone, p.grants = true, nil // they go with it
	}},
}
