package graph

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/microsoftgraph/msgraph-sdk-go/applications"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func decodeRoles(roles []appRole) []entra.AppRole {
	var all []entra.AppRole
	for _, role := range roles {
		all = append(all, entra.AppRole{
			ID: strings.ToLower(role.ID), Value: role.Value, DisplayName: role.DisplayName, Description: role.Description,
			Members: slices.Sorted(slices.Values(role.AllowedMemberTypes)), Enabled: role.IsEnabled,
		})
	}
	return all
}

// roleBody is an access role as the application is to declare it.
func roleBody(role entra.AccessRole) appRole {
	declared := role.AppRole()
	return appRole{
		ID: declared.ID, Value: declared.Value, DisplayName: declared.DisplayName, Description: declared.Description,
		AllowedMemberTypes: declared.Members, IsEnabled: declared.Enabled,
	}
}

func roleBodies(roles []entra.AccessRole) []appRole {
	bodies := make([]appRole, len(roles))
	for i, role := range roles {
		bodies[i] = roleBody(role)
	}
	return bodies
}

func (t *tenant) readRoles(ctx context.Context, objectID string) *call {
	info, err := t.application(objectID).ToGetRequestInformation(ctx,
		&applications.ApplicationItemRequestBuilderGetRequestConfiguration{
			QueryParameters: &applications.ApplicationItemRequestBuilderGetQueryParameters{Select: []string{"appRoles"}},
		})
	return newCall("read the app roles", entra.ReadApplications, info, err)
}

// rawRole is an app role as the service wrote it, but for where it comes from, which is the service's to say. Roles of
// others go back like that.
type rawRole map[string]json.RawMessage

func (r rawRole) id() string {
	var id string
	_ = json.Unmarshal(r["id"], &id) // rawRoles has read it before
	return strings.ToLower(id)
}

func (r rawRole) same(other rawRole) bool {
	return maps.EqualFunc(r, other, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) })
}

func rawRoles(read *call) ([]rawRole, error) {
	present, err := decode[struct {
		AppRoles []rawRole `json:"appRoles"`
	}](read)
	for _, role := range present.AppRoles {
		if role.id() == "" {
			return nil, fmt.Errorf("could not %s: an app role has no id", read.operation)
		}
		delete(role, "origin")
	}
	return present.AppRoles, err
}

// without returns the roles whose ids the others lack.
func without(roles, others []rawRole) []rawRole {
	return slices.DeleteFunc(slices.Clone(roles), func(role rawRole) bool {
		return slices.ContainsFunc(others, func(other rawRole) bool { return other.id() == role.id() })
	})
}

// roleCopies is how many reads have to agree on the app roles before they are written as a whole: a role that all of
// them miss might be lost.
const roleCopies = 6

// agreedRoles reads the app roles until all copies of a read show the same.
func (t *tenant) agreedRoles(ctx context.Context, objectID string) (agreed []rawRole, err error) {
	inOrder := func(roles []rawRole) []rawRole {
		return slices.SortedFunc(slices.Values(roles), func(a, b rawRole) int { return strings.Compare(a.id(), b.id()) })
	}
	err = t.wait(ctx, waiting{forWhat: "see the same app roles several times"}, func() (bool, error) {
		reads := make([]*call, roleCopies)
		for i := range reads {
			reads[i] = t.readRoles(ctx, objectID).waitingFor(missing)
		}
		if err := t.run(ctx, plan{calls: reads}); err != nil {
			return false, err
		}
		for i, read := range reads {
			shown, err := rawRoles(read)
			if err != nil || i > 0 && !slices.EqualFunc(inOrder(agreed), inOrder(shown), rawRole.same) {
				return false, err
			}
			agreed = shown
		}
		return true, nil
	})
	return agreed, err
}

// roleChange is what is to become of an application's app roles. Those of others go back as they are.
type roleChange struct {
	operation string
	apply     func(role entra.AccessRole, present rawRole) rawRole // present is nil for a role that is missing
	roles     []entra.AccessRole
	restore   []rawRole // of others, which an earlier round may have taken away
}

func (c roleChange) applyTo(present []rawRole) (next []rawRole, changed bool) {
	next = slices.Clone(present)
	for _, role := range c.roles {
		i := slices.IndexFunc(next, func(r rawRole) bool { return r.id() == role.ID })
		if i < 0 {
			if added := c.apply(role, nil); added != nil {
				next, changed = append(next, added), true
			}
			continue
		}
		if rewritten := c.apply(role, next[i]); !rewritten.same(next[i]) {
			next[i], changed = rewritten, true
		}
	}
	lost := without(c.restore, present)
	return append(next, lost...), changed || len(lost) > 0
}

// disabled is the role as it is, but for its being enabled.
func disabled(_ entra.AccessRole, present rawRole) rawRole {
	if present == nil {
		return nil
	}
	present = maps.Clone(present)
	present["isEnabled"] = json.RawMessage("false")
	return present
}

// asDeclared is the role as it is to be.
func asDeclared(role entra.AccessRole, present rawRole) rawRole {
	content, err := json.Marshal(present)
	var shown appRole
	if err == nil && present != nil && json.Unmarshal(content, &shown) == nil {
		if found := entra.AccessRolesIn(decodeRoles([]appRole{shown})); len(found) == 1 && found[0] == role {
			return present
		}
	}
	var next rawRole
	if content, err = json.Marshal(roleBody(role)); err == nil {
		err = json.Unmarshal(content, &next)
	}
	if err != nil {
		panic(err) // there is nothing in it that JSON could not hold
	}
	return next
}

// changeRoles rewrites access roles among the application's app roles, which Microsoft Graph replaces as a whole. They
// are read before they are written; a second read comes immediately before the write, in the same batch, and shows what
// somebody else has added in the meantime. What of that is enabled has the write refused, and the next round puts back
// what is not. A refusal to change what is enabled also means that a role that was disabled a moment ago is not seen so
// everywhere.
func (t *tenant) changeRoles(ctx context.Context, objectID string, change roleChange) error {
	defer t.locks.lock(objectID)()
	retries := newRetries(t)
	for {
		present, err := t.agreedRoles(ctx, objectID)
		if err != nil {
			return err
		}
		next, changed := change.applyTo(present)
		if !changed {
			return nil
		}
		before := t.readRoles(ctx, objectID)
		write := t.patchApplication(ctx, change.operation, objectID, body{"appRoles": next}).
			waitingFor(func(a *answer) bool { return missing(a) || refusesEnabled(a) })
		calls := []*call{before, write}
		if err := cmp.Or(firstError(calls), t.send(ctx, calls, true)); err != nil {
			return err
		}
		var lost []rawRole
		if before.answer.ok() { // else nothing was written either
			shown, err := rawRoles(before)
			if err != nil {
				return err
			}
			lost = without(shown, next)
			change.restore = append(change.restore, lost...) // also when the write seems to have failed: it may have been done
		}
		// What could not be written now is prepared anew: it would be out of date later.
		again, err := retries.sift(ctx, calls, true)
		if err = cmp.Or(err, firstError(calls)); err != nil {
			return err
		}
		if len(again) == 0 && len(lost) == 0 {
			return nil
		}
	}
}

// prepareRoles carries out changes of app roles, one after the other. What stands in the way of one of them is found
// before the first: a role that is disabled and cannot be rewritten then would be lost to all who hold it.
func (w *work) prepareRoles(ctx context.Context, changes []entra.Change) error {
	rewritings := make([]roleChange, len(changes))
	for i, change := range changes {
		switch change := change.(type) {
		case entra.DisableAccessRoles:
			rewritings[i] = roleChange{operation: change.Describe(), apply: disabled, roles: change.Roles}
		case entra.WriteAccessRoles:
			if err := change.ValueConflict(w.have.AppRoles); err != nil {
				return err
			}
			rewritings[i] = roleChange{operation: change.Describe(), apply: asDeclared, roles: change.Roles}
		}
	}
	for _, rewriting := range rewritings {
		if err := w.tenant.changeRoles(ctx, w.have.ObjectID, rewriting); err != nil {
			return err
		}
	}
	return nil
}
