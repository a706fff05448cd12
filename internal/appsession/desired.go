package appsession

import (
	"cmp"
	"context"
	"errors"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// want is what the plan asks of the domain, with what was learnt of the tenant on the way.
func (r *sessionResource) want(
	ctx context.Context, plan, config model, failure tfkit.Failure,
) (entra.Session, resolutions, diag.Diagnostics) {
	refs, _ := plan.declaredRefs()
	access, rest := resolutions(nil).split(refs)
	looked, err := r.lookUp(ctx, plan.tenant(), rest)
	if err != nil {
		failure.Err = err
		return entra.Session{}, nil, plan.locate(failure)
	}
	access = append(access, looked...)
	access = append(access, plan.impliedAccess(r.Provider.Cloud.IsUSGovernment())...)
	session, err := plan.session(entra.NewAccess(access...), config)
	if err != nil {
		failure.Err = err
		return entra.Session{}, nil, failure.Diagnostics()
	}
	return session, remember(rest, looked), nil
}

func (r *sessionResource) lookUp(ctx context.Context, tenantID string, refs []entra.PermissionRef) (entra.Access, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	return r.Provider.Permissions.Resolve(ctx, tenantID, refs)
}

// locate attaches errors about single permissions to the attribute that names them. The text names it as well, because
// Terraform shows no line for anything that lies so deep.
func (m model) locate(failure tfkit.Failure) diag.Diagnostics {
	var all diag.Diagnostics
	own, _ := spelled(m.Permissions)
	for _, err := range tfkit.Errors(failure.Err) {
		p, summary := attributeOf(err, own)
		one := tfkit.Failure{Summary: cmp.Or(summary, failure.Summary), TenantID: failure.TenantID, Limit: failure.Limit, Err: err}
		for _, d := range one.Diagnostics() {
			if summary != "" {
				d = diag.NewAttributeErrorDiagnostic(p, d.Summary(), p.String()+": "+d.Detail())
			}
			all.Append(d)
		}
	}
	return all
}

// attributeOf finds what an error about a permission or an API is about; the summary is empty for any other error.
func attributeOf(err error, refs []spelledRef) (p path.Path, summary string) {
	var unknown *entra.UnknownPermissionError
	var missing *entra.MissingAPIError
	for _, ref := range refs {
		switch {
		case errors.As(err, &unknown) && unknown.API.ID == ref.API && unknown.Kind == ref.Kind && unknown.Name == ref.Text:
			return ref.path(), "Unknown permission"
		case errors.As(err, &missing) && missing.API.ID == ref.API:
			return path.Root("permissions").AtMapKey(ref.apiKey), "API missing from the tenant"
		}
	}
	return path.Empty(), ""
}

// declared is what the state declares, as far as that can be told without asking the tenant.
func (r *sessionResource) declared(state model, known resolutions) entra.Access {
	refs, _ := state.declaredRefs()
	access, _ := known.split(refs)
	return entra.NewAccess(append(access, state.impliedAccess(r.Provider.Cloud.IsUSGovernment())...)...)
}

// named gives the delegated permissions of a manifest their names where only the tenant knows them: consent to them is
// by name, and so will be the state. What cannot be found out stays as it is.
func (r *sessionResource) named(ctx context.Context, tenantID string, manifest entra.Access) (entra.Access, resolutions) {
	looked, err := r.lookUp(ctx, tenantID, manifest.Unnamed())
	if err != nil {
		return manifest, nil
	}
	refs := make([]entra.PermissionRef, len(looked))
	for i, p := range looked {
		refs[i] = entra.PermissionRef{API: p.API, Kind: p.Kind, Text: p.Name}
	}
	return manifest.WithNames(looked), remember(refs, looked)
}

func (r *sessionResource) observe(registration entra.Registration, declared entra.Access) observation {
	return observation{Registration: registration, declared: declared, cloud: r.Provider.Cloud}
}

// with returns the resolutions and the newer ones.
func (r resolutions) with(newer resolutions) resolutions {
	all := resolutions{}
	maps.Copy(all, r)
	maps.Copy(all, newer)
	return all
}
