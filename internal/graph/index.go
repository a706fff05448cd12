package graph

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/microsoftgraph/msgraph-sdk-go/applications"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// listedProperties are those of applicationProperties that a list of sessions asks for. The declared permissions, most of
// an application, come only where they are needed.
var listedProperties = slices.DeleteFunc(slices.Clone(applicationProperties), func(name string) bool {
	return name == "requiredResourceAccess" || name == "notes"
})

// FindSession finds the application, and reads what belongs to it in another batch or two.
func (g *Gateway) FindSession(ctx context.Context, tenantID string, key entra.SessionKey) (entra.Registration, error) {
	t := g.tenant(tenantID)
	found, err := t.find(ctx, key)
	if err != nil {
		return entra.Registration{}, err
	}
	ref := entra.Ref{ClientID: found.ClientID, ObjectID: found.ObjectID, DirectoryRoles: found.DeclaresExchange()}
	if found.ServicePrincipal != nil {
		ref.ServicePrincipalID = found.ServicePrincipal.ObjectID
	}
	have, err := t.readRegistration(ctx, ref)
	switch {
	case errors.Is(err, entra.ErrNotFound):
		return entra.Registration{}, &entra.NoSessionError{Key: key}
	case err != nil:
		return entra.Registration{}, err
	}
	all := []entra.Registration{have}
	t.nameManifests(ctx, all)
	return all[0], nil
}

// find finds the one registration with the key. That there is none is believed when several looks agree.
func (t *tenant) find(ctx context.Context, key entra.SessionKey) (entra.Registration, error) {
	var found []entra.Registration
	looks := 0
	err := t.wait(ctx, waiting{forWhat: "see an app registration with " + key.Describe()}, func() (bool, error) {
		var err error
		found, err = t.candidates(ctx, key)
		looks++
		return len(found) > 0 || looks == looksToBelieve, err
	})
	switch {
	case err != nil:
		return entra.Registration{}, err
	case len(found) == 0:
		return entra.Registration{}, &entra.NoSessionError{Key: key}
	case len(found) > 1:
		return entra.Registration{}, &entra.AmbiguousSessionError{DisplayName: key.DisplayName, Candidates: found}
	}
	return found[0], nil
}

// candidates looks once.
func (t *tenant) candidates(ctx context.Context, key entra.SessionKey) ([]entra.Registration, error) {
	switch {
	case key.DisplayName != "":
		return t.named(ctx, key.DisplayName)
	case key.UniqueName != "":
		return t.present(ctx, t.lookUpName(ctx, key.UniqueName))
	}
	r := t.readingOf(ctx, entra.Ref{ClientID: key.ClientID})
	found, err := t.present(ctx, r.application, r.principal)
	if err == nil && len(found) > 0 {
		err = decodePrincipal(r.principal, &found[0])
	}
	return found, err
}

// present runs the call for an application, and others beside it. An application that is not there is no error.
func (t *tenant) present(ctx context.Context, application *call, others ...*call) ([]entra.Registration, error) {
	if _, err := t.list(ctx, append(others, application)); err != nil || application.err != nil {
		return nil, err
	}
	registration, err := t.decodeApplication(application)
	return []entra.Registration{registration}, err
}

// named lists the registrations with the display name; where some have exactly this one, the others, which differ in
// case, do not count. Of several, those do not count that are gone by now, which a list may still show.
func (t *tenant) named(ctx context.Context, displayName string) ([]entra.Registration, error) {
	filter := "displayName eq '" + strings.ReplaceAll(displayName, "'", "''") + "'"
	list := t.listApplications(ctx, "look for the display name "+displayName, filter, applicationProperties)
	pages, err := t.list(ctx, nil, list)
	if err != nil {
		return nil, err
	}
	found, err := t.decodeTagged(pages[0])
	exact := func(r entra.Registration) bool { return r.DisplayName == displayName }
	if slices.ContainsFunc(found, exact) {
		found = slices.DeleteFunc(found, func(r entra.Registration) bool { return !exact(r) })
	}
	if err != nil || len(found) < 2 {
		return found, err
	}
	ids := clientIDs(found)
	reads := t.readsOf(ctx, ids)
	if _, err := t.list(ctx, reads); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(found, func(r entra.Registration) bool {
		return errors.Is(reads[slices.Index(ids, r.ClientID)].err, entra.ErrNotFound)
	}), nil
}

func clientIDs(registrations []entra.Registration) []string {
	ids := make([]string, len(registrations))
	for i, registration := range registrations {
		ids[i] = registration.ClientID
	}
	return ids
}

// readsOf reads the applications themselves.
func (t *tenant) readsOf(ctx context.Context, clientIDs []string) []*call {
	reads := make([]*call, len(clientIDs))
	for i, id := range clientIDs {
		reads[i] = t.readingOf(ctx, entra.Ref{ClientID: id}).application
	}
	return reads
}

func (t *tenant) listApplications(ctx context.Context, operation, filter string, properties []string) *call {
	info, err := applications.NewApplicationsRequestBuilderInternal(root(), t.adapter).ToGetRequestInformation(ctx,
		&applications.ApplicationsRequestBuilderGetRequestConfiguration{
			QueryParameters: &applications.ApplicationsRequestBuilderGetQueryParameters{
				Filter: &filter, Select: properties, Top: &pageSize,
			},
		})
	return newCall(operation, entra.ReadApplications, info, err)
}

// ListSessions lists in pages as large as can be, in the first batch with what the query names. The service filters by
// the tag alone: a second property in the filter would make it an advanced query, which a slower index answers.
func (g *Gateway) ListSessions(ctx context.Context, tenantID string, query entra.SessionQuery) ([]entra.Registration, error) {
	t := g.tenant(tenantID)
	properties := listedProperties
	if query.Manifests {
		properties = applicationProperties
	}
	ids := slices.Clone(query.ClientIDs)
	reads := t.readsOf(ctx, ids)
	pages, err := t.list(ctx, reads, t.listApplications(ctx, "list the App sessions", tagFilter(entra.TagAppSession), properties))
	if err != nil {
		return nil, err
	}
	listed, err := t.decodeTagged(pages[0])
	if err != nil {
		return nil, err
	}
	looks := 0
	err = t.wait(ctx, waiting{forWhat: "see app registrations by their client IDs"}, func() (bool, error) {
		if looks++; looks > 1 {
			reads = t.readsOf(ctx, ids)
			if _, err := t.list(ctx, reads); err != nil {
				return false, err
			}
		}
		var absent []string
		for i, read := range reads {
			if read.err != nil {
				absent = append(absent, ids[i])
				continue
			}
			registration, err := t.decodeApplication(read)
			if err != nil {
				return false, err
			}
			if !slices.ContainsFunc(listed, sameAs(registration)) {
				listed = append(listed, registration)
			}
		}
		ids = absent
		return len(ids) == 0 || looks == looksToBelieve, nil
	})
	failures := []error{err}
	for _, id := range ids {
		failures = append(failures, &entra.NoSessionError{Key: entra.SessionKey{ClientID: id}})
	}
	return listed, errors.Join(failures...)
}

// tagFilter chooses what carries the tag.
func tagFilter(tag string) string { return "tags/any(tag:tag eq '" + tag + "')" }

// nameManifests gives the delegated permissions of manifests their names where only the tenant knows them: consent to
// them is by name. What cannot be found out stays as it is.
func (t *tenant) nameManifests(ctx context.Context, registrations []entra.Registration) {
	var refs []entra.PermissionRef
	for _, registration := range registrations {
		refs = append(refs, registration.Manifest.Unnamed()...)
	}
	if len(refs) == 0 {
		return
	}
	found, _ := t.Resolve(ctx, t.id, refs) //nolint:errcheck // see above
	for i, registration := range registrations {
		registrations[i].Manifest = registration.Manifest.WithNames(found)
	}
}
