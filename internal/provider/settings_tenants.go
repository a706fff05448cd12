package provider

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// tenants are the identities for single tenants. own is the provider's tenant, empty where that is wrong itself.
func (r *resolver) tenants(entries map[string]Configuration, own string) map[string]signin.Login {
	logins := make(map[string]signin.Login, len(entries))
	names := r.tenantIDs(entries, own)
	for _, tenantID := range slices.Sorted(maps.Keys(names)) {
		name := names[tenantID]
		entry := &resolver{getenv: r.platform, readFile: r.readFile, sources: map[string]string{}, tenant: name}
		logins[tenantID] = entry.login(entries[name])
		r.problems = append(r.problems, entry.problems...)
	}
	return logins
}

// tenantIDs are the IDs, in lower case, of the entries that have a good key, and how they write it.
func (r *resolver) tenantIDs(entries map[string]Configuration, own string) map[string]string {
	names := make(map[string]string, len(entries))
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		entry := &resolver{tenant: name}
		tenantID := strings.ToLower(name)
		switch before, twice := names[tenantID]; {
		case !entra.IsGUID(name):
			entry.refuseKey(name)
		case twice:
			entry.fail("", "One tenant twice", "tenants has the entries %q and %q, which are the same tenant: the case of letters does not count in "+
				"a GUID. Remove one of them.", before, name)
		case tenantID == own:
			entry.fail("", "Two identities for one tenant", "The entry %q of tenants is the provider's own tenant (tenant_id). Give its credential in the "+
				"provider block itself, and remove the entry; tenants is for others.", name)
		default:
			names[tenantID] = name
		}
		r.problems = append(r.problems, entry.problems...)
	}
	return names
}

// platform is the part of the environment that counts for an entry of tenants, too: where the machine that Terraform
// runs on hands out its tokens. It names nobody. What names an identity is the provider's own.
func (r *resolver) platform(variable string) string {
	if variable != federatedTokenFile && generationOf(variable) != fromPipelineVariable {
		return ""
	}
	return r.getenv(variable)
}

func (r *resolver) refuseKey(name string) {
	problem := SettingError{Summary: "Invalid key in tenants", Detail: fmt.Sprintf("The key %q of tenants is not a GUID.", name)}
	if signin.IsDomain(name) {
		problem.Domain = name
	}
	r.refuseID(problem)
}

// login is who signs in by an entry of tenants.
func (r *resolver) login(cfg Configuration) signin.Login {
	if len(cfg.Unknown) > 0 {
		return signin.Login{Credential: signin.NotYet(&tfkit.UnknownSettingsError{Attributes: cfg.Unknown})}
	}
	login := signin.Login{ClientID: r.guid(r.text("client_id", cfg.ClientID)), Credential: r.credential(cfg)}
	if _, given := r.sources["client_id"]; !given && needsClientID(login.Credential) {
		r.fail("client_id", "Missing client_id", "Signing in with %s needs the application (client) ID that it belongs to. Set client_id in the same "+
			"entry; the provider's own does not stand in for it.", login.Credential.Source())
	}
	return login
}
