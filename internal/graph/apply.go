package graph

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// apply carries the changes out, phase by phase.
func (w *work) apply(ctx context.Context, changes []entra.Change) error {
	phases := map[entra.Phase][]entra.Change{}
	for _, change := range changes {
		phases[change.Phase()] = append(phases[change.Phase()], change)
	}
	if err := w.remove(ctx, phases[entra.PhaseClear]); err != nil {
		return err
	}
	secret, err := w.prepare(ctx, phases[entra.PhasePrepare])
	if err != nil {
		return err
	}
	if err := w.grant(ctx, phases[entra.PhaseGrant], secret); err != nil {
		return err
	}
	if len(phases[entra.PhaseRemove]) == 0 {
		return nil
	}
	if err := w.awaitCredentials(ctx, phases[entra.PhasePrepare]); err != nil {
		return err
	}
	if err := w.prove(ctx); err != nil {
		return err
	}
	return w.remove(ctx, phases[entra.PhaseRemove])
}

// prepare writes the application with its certificate or its app roles, and the service principal. A client secret is
// left to the next step, because Microsoft Graph refuses concurrent writes to one object: its call is returned.
func (w *work) prepare(ctx context.Context, changes []entra.Change) (secret *call, err error) {
	var calls []*call
	var principal *call
	var certificates []entra.AddCertificate
	var roles []entra.Change
	var patch applicationPatch
	for _, change := range changes {
		switch change := change.(type) {
		case entra.PatchApplication:
			patch.write(change)
		case entra.AddCertificate:
			certificates = append(certificates, change)
		case entra.DisableAccessRoles, entra.WriteAccessRoles:
			roles = append(roles, change)
		case entra.AddSecret:
			secret = w.tenant.addPassword(ctx, w.have.ObjectID, change, w.nonce, w.tenant.options.Clock.Now())
		case entra.CreateServicePrincipal:
			principal = w.tenant.upsertServicePrincipal(ctx, change.Describe(), w.have.ClientID, &change.AssignmentRequired).
				waitingFor(withoutApplication)
		case entra.PatchServicePrincipal:
			calls = append(calls, w.tenant.patchServicePrincipal(ctx, change, w.have.ServicePrincipal.ObjectID))
		}
	}
	if w.untouched { // there is nothing to merge certificates or roles with
		w.addLists(&patch, certificates, roles)
		certificates, roles = nil, nil
	}
	if patch.body != nil {
		calls = append(calls, w.tenant.patchApplication(ctx, strings.Join(patch.described, " and "), w.have.ObjectID, patch.body))
	}
	if principal != nil {
		calls = append(calls, principal)
	}
	err = w.tenant.run(ctx, plan{calls: calls})
	w.untouched = false
	if err != nil {
		return nil, w.asNameTaken(err)
	}
	if patch.tags {
		if err := w.adopt(ctx); err != nil {
			return nil, err
		}
	}
	for _, certificate := range certificates {
		if err := w.addCertificate(ctx, certificate); err != nil {
			return nil, err
		}
	}
	if err := w.prepareRoles(ctx, roles); err != nil || principal == nil {
		return secret, err
	}
	return secret, w.keepServicePrincipal(ctx, principal)
}

// applicationPatch is what one request writes to the application.
type applicationPatch struct {
	body      body // nil for nothing
	described []string
	tags      bool // the mark of its kind is to be added, which takes a request of its own
}

// write adds what the change writes, but for the tags.
func (p *applicationPatch) write(change entra.PatchApplication) {
	p.tags, change.Tags = change.Tags != nil, nil
	if properties := patchBody(change); len(properties) > 0 {
		p.add(change, properties)
	}
}

func (p *applicationPatch) add(change entra.Change, properties body) {
	if p.body == nil {
		p.body = body{}
	}
	maps.Copy(p.body, properties)
	p.described = append(p.described, change.Describe())
}

// addLists adds the certificates and app roles of an application that has none.
func (w *work) addLists(patch *applicationPatch, certificates []entra.AddCertificate, roles []entra.Change) {
	keys := make([]body, len(certificates))
	for i, c := range certificates {
		keys[i] = w.newKey(c.Certificate)
		patch.add(c, body{"keyCredentials": keys})
	}
	for _, change := range roles {
		if write, ok := change.(entra.WriteAccessRoles); ok {
			patch.add(write, body{"appRoles": roleBodies(write.Roles)})
		}
	}
}

// asNameTaken recognises the one clash that writing an application can meet: the unique name to be set for the first
// time belongs to another.
func (w *work) asNameTaken(err error) error {
	if errors.Is(err, entra.ErrAlreadyExists) && w.session != nil && w.session.UniqueName != w.have.UniqueName {
		return &entra.NameTakenError{UniqueName: w.session.UniqueName}
	}
	return err
}

func (w *work) keepSecret(c *call) error {
	credential, err := decode[passwordCredential](c)
	if err != nil {
		return err
	}
	if credential.KeyID == "" || credential.SecretText == "" {
		return fmt.Errorf("could not %s: the answer lacks the key id or the value", c.operation)
	}
	w.issued = &entra.IssuedSecret{Secret: credential.secret(), Value: credential.SecretText}
	_, hasSecret := w.have.Secret(w.session.Owned.SecretKeyID)
	_, hasCertificate := w.have.Key(w.session.Owned.CertificateSHA256)
	w.follows = hasSecret || hasCertificate
	w.session.Owned.Follow(w.issued.KeyID, w.session.OverlapDays)
	return nil
}

// keepServicePrincipal takes the object id from the answer; an upsert that found the service principal has none.
func (w *work) keepServicePrincipal(ctx context.Context, upsert *call) error {
	if upsert.answer.status == http.StatusCreated {
		return decodePrincipal(upsert, &w.have)
	}
	return w.lookUntil(ctx, waiting{forWhat: "see the service principal"}, func() bool { return w.have.ServicePrincipal != nil })
}

// principalID is the object id of the service principal, which a lagging replica may have hidden from the last look.
func (w *work) principalID() (string, error) {
	if w.have.ServicePrincipal == nil {
		return "", &entra.GraphError{Kind: entra.ErrNotYetVisible, Operation: "see the service principal"}
	}
	return w.have.ServicePrincipal.ObjectID, nil
}

// grant gives the service principal what it is to have, and the application its client secret.
func (w *work) grant(ctx context.Context, changes []entra.Change, secret *call) error {
	if err := w.ensureAPIs(ctx, changes); err != nil {
		return err
	}
	calls := make([]*call, 0, len(changes)+1)
	for _, change := range changes {
		c, err := w.grantCall(ctx, change)
		if err != nil {
			return err
		}
		calls = append(calls, c)
	}
	if secret != nil {
		calls = append(calls, secret)
	}
	err := w.tenant.run(ctx, plan{calls: calls})
	if secret != nil && secret.err == nil {
		// Kept before anything else can fail: the tenant tells the value only once.
		if err := w.keepSecret(secret); err != nil {
			return err
		}
	}
	w.doubtAPIs(changes, calls)
	return unlessPresent(err, calls)
}

// doubtAPIs has the APIs looked up anew to which grants referred in vain: their service principals may have been made
// anew. The next round finds out.
func (w *work) doubtAPIs(changes []entra.Change, calls []*call) {
	for i, change := range changes {
		c := calls[i]
		if c.err == nil || c.answer == nil || !missing(c.answer) {
			continue
		}
		switch change := change.(type) {
		case entra.GrantRole:
			w.tenant.apis.forget(change.Permission.API)
		case entra.GrantScopes:
			w.tenant.apis.forget(change.API)
		default:
			continue
		}
		c.err = &entra.GraphError{
			Kind: entra.ErrNotYetVisible, Operation: c.operation, Request: c.method + " " + pathOf(c.url), Status: c.answer.status,
			Code: c.answer.odata.Code, Message: c.answer.odata.Message, RequestID: c.answer.odata.RequestID,
			ClientRequestID: c.answer.odata.ClientRequestID,
		}
	}
}

// unlessPresent forgives what turned out to be there already: the reads that follow show whether it is as wanted. A
// delegated grant is an exception, because it may be there with other scopes.
func unlessPresent(err error, calls []*call) error {
	if err == nil {
		return nil
	}
	for _, c := range calls {
		if c.err != nil && (!errors.Is(c.err, entra.ErrAlreadyExists) || pathOf(c.url) == grantsPath) {
			return c.err
		}
	}
	return nil
}

const grantsPath = "/oauth2PermissionGrants"

func (w *work) grantCall(ctx context.Context, change entra.Change) (*call, error) {
	principalID, err := w.principalID()
	if err != nil {
		return nil, err
	}
	switch change := change.(type) {
	case entra.GrantRole:
		api, err := w.api(change.Permission.API)
		return w.tenant.assignAppRole(ctx, change, principalID, api.ServicePrincipalID), err
	case entra.GrantScopes:
		api, err := w.api(change.API)
		return w.tenant.grantScopes(ctx, change, principalID, api.ServicePrincipalID), err
	case entra.AssignDirectoryRole:
		return w.tenant.assignDirectoryRole(ctx, change, principalID), nil
	case entra.AddOwner:
		return w.tenant.addOwner(ctx, change, w.have.ObjectID), nil
	}
	return nil, fmt.Errorf("there is no request for the change %T", change)
}

func (w *work) api(id string) (entra.API, error) {
	api, ok := w.tenant.apis.get(id)
	if !ok {
		return entra.API{}, &entra.MissingAPIError{API: entra.API{ID: id}}
	}
	return api, nil
}

// ensureAPIs makes the service principals of the APIs known, and adds those that the tenant lacks.
func (w *work) ensureAPIs(ctx context.Context, changes []entra.Change) error {
	var ids []string
	for _, change := range changes {
		switch change := change.(type) {
		case entra.GrantRole:
			ids = append(ids, change.Permission.API)
		case entra.GrantScopes:
			ids = append(ids, change.API)
		}
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if err := w.tenant.findAPIs(ctx, ids); err != nil {
		return err
	}
	var upserts []*call
	var added []string
	for _, id := range ids {
		if _, ok := w.tenant.apis.get(id); !ok {
			operation := "add the service principal of " + (entra.API{ID: id}).Label() + " to the tenant"
			upserts = append(upserts, w.tenant.upsertServicePrincipal(ctx, operation, id, nil))
			added = append(added, id)
		}
	}
	if len(upserts) == 0 {
		return nil
	}
	tflog.Info(ctx, "adding service principals of APIs that the tenant lacks", map[string]any{"tenant_id": w.tenant.id, "apis": added})
	if err := w.tenant.run(ctx, plan{calls: upserts}); err != nil {
		return errors.Join(&entra.MissingAPIError{API: entra.API{ID: added[0]}}, err)
	}
	return w.tenant.awaitAPIs(ctx, added)
}

// awaitAPIs waits until added service principals can be read.
func (t *tenant) awaitAPIs(ctx context.Context, ids []string) error {
	return t.wait(ctx, waiting{forWhat: "see the service principals of added APIs"}, func() (bool, error) {
		if err := t.findAPIs(ctx, ids); err != nil {
			return false, err
		}
		return !slices.ContainsFunc(ids, func(id string) bool {
			_, ok := t.apis.get(id)
			return !ok
		}), nil
	})
}
