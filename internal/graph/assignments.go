package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/directoryobjects"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// assignments is the gateway to assignments of access roles.
type assignments struct{ gateway *Gateway }

// RoleAssignments keeps who holds which access role.
func (g *Gateway) RoleAssignments() entra.RoleAssignments { return assignments{g} }

const (
	// rolePatience bounds the wait for a role to be known everywhere: the register may not declare it.
	rolePatience = time.Minute
	// principalPatience bounds the wait for a principal that nobody sees: it may never have existed. One that is seen is
	// waited for as long as the context lasts, because Microsoft Graph does not say when it can be referred to.
	principalPatience = 5 * time.Minute
	// firstPatience is how long it is waited before a first look at what the principal is, and roundPatience before the
	// next ones.
	firstPatience = 3 * time.Second
	roundPatience = time.Minute
)

// Assign gives the principal the role. An answer that was lost, or that says that the principal has the role, sends it
// to the list of who holds the roles.
func (a assignments) Assign(ctx context.Context, tenantID string, want entra.RoleAssignment) (entra.RoleAssignment, error) {
	t := a.gateway.tenant(tenantID)
	defer t.self.forget() // it may be the caller who has the role now
	want.RegisterID = strings.ToLower(want.RegisterID)
	register, err := t.registerOf(ctx, want.RegisterID)
	if err != nil {
		return want, err
	}
	began, patience, doubts := t.options.Clock.Now(), firstPatience, 0
	for {
		c := t.assignAccessRole(ctx, want, register.ServicePrincipalID, patience)
		err := t.run(ctx, plan{calls: []*call{c}})
		t.held.forget(want.RegisterID, nil)
		waited := t.options.Clock.Now().Sub(began)
		switch {
		case err == nil:
			return t.assigned(ctx, c, want)
		case errors.Is(err, entra.ErrAlreadyExists):
			return t.awaitHolder(ctx, want, 0)
		case ctx.Err() != nil:
			return want, allTold(err, waited)
		case errors.Is(err, entra.ErrUncertain) && doubts < maxRounds:
			doubts++
			if found, ok := t.foundLater(ctx, want, pause(doubts)); ok {
				return found, nil
			}
		case c.answer != nil && (missing(c.answer) || lacksRole(c.answer)):
			if err := t.unassignable(ctx, c, want, waited); err != nil {
				return want, err
			}
			patience = roundPatience
			t.apis.forget(want.RegisterID) // its service principal may have been made anew
			if register, err = t.registerOf(ctx, want.RegisterID); err != nil {
				return want, err
			}
		default:
			return want, err
		}
	}
}

// foundLater looks, after a pause, for an assignment that may have been made.
func (t *tenant) foundLater(ctx context.Context, want entra.RoleAssignment, after time.Duration) (entra.RoleAssignment, bool) {
	if t.options.Clock.Wait(ctx, after) != nil {
		return want, false
	}
	held, err := t.holders(ctx, want.RegisterID, 1, t.options.Clock.Now())
	if err != nil {
		return want, false // the next attempt meets what this one has met
	}
	return find(held, want)
}

func (t *tenant) assignAccessRole(
	ctx context.Context, want entra.RoleAssignment, resourceID string, patience time.Duration,
) *call {
	info, err := t.servicePrincipal(resourceID).AppRoleAssignedTo().ToGetRequestInformation(ctx, nil)
	operation := fmt.Sprintf("assign the access role %q to %s", want.Role.Name, want.PrincipalID)
	return newCall(operation, entra.AssignAccessRoles, info, err).sending(http.MethodPost, body{
		"principalId": want.PrincipalID, "resourceId": resourceID, "appRoleId": want.Role.ID,
	}).waitingBriefly(patience, func(a *answer) bool { return missing(a) || lacksRole(a) })
}

// assigned waits until the list of who holds the roles shows what was made. When it does not for a long time, that is
// somebody else's doing, and what was made is what the answer said.
func (t *tenant) assigned(ctx context.Context, c *call, want entra.RoleAssignment) (entra.RoleAssignment, error) {
	answer, err := decode[appRoleAssignment](c)
	if err != nil {
		return want, err
	}
	found, err := t.awaitHolder(ctx, want, settlePatience)
	if errors.Is(err, errPatience) {
		return answer.roleAssignment(want.RegisterID), nil
	}
	return found, err
}

func (t *tenant) awaitHolder(ctx context.Context, want entra.RoleAssignment, patience time.Duration) (entra.RoleAssignment, error) {
	var found entra.RoleAssignment
	missed, shown := false, 0
	wait := waiting{forWhat: fmt.Sprintf("see the access role %q assigned", want.Role.Name), patience: patience}
	err := t.wait(ctx, wait, func() (bool, error) {
		held, err := t.holders(ctx, want.RegisterID, 1, t.options.Clock.Now())
		if err != nil && !errors.Is(err, entra.ErrNotFound) {
			return false, err
		}
		assignment, ok := find(held, want)
		if !ok {
			missed, shown = true, 0
			return false, nil
		}
		found = assignment
		shown++
		return !missed || shown >= looksAfterAMiss, nil
	})
	return found, err
}

// allTold has the error of a wait, which knows of the last round alone, tell how long all rounds have waited.
func allTold(err error, waited time.Duration) error {
	var late *entra.GraphError
	if errors.As(err, &late) && errors.Is(err, entra.ErrNotYetVisible) {
		late.Remedy = gaveUp(waited)
	}
	return err
}

// unassignable says why a role cannot be assigned, when it has been waited for long enough, or when what the principal is
// leaves no hope; nil otherwise.
func (t *tenant) unassignable(ctx context.Context, c *call, want entra.RoleAssignment, waited time.Duration) error {
	if lacksRole(c.answer) {
		var refusal *entra.GraphError
		if errors.As(c.err, &refusal) {
			refusal.Remedy = "the register does not declare the role, or no longer: bring the register in line first"
		}
		return onlyIf(waited >= rolePatience, c.err)
	}
	kind := t.typeOf(ctx, want.PrincipalID)
	if slices.Contains(principalTypes, kind) {
		return nil
	}
	return onlyIf(kind != "" || waited >= principalPatience, &entra.NoPrincipalError{PrincipalID: want.PrincipalID, Type: kind})
}

// principalTypes are the types of what can hold a role.
var principalTypes = []string{"user", "group", "servicePrincipal"}

func onlyIf(condition bool, err error) error {
	if condition {
		return err
	}
	return nil
}

// typeOf is the type of an object; empty where there is none, or where the caller may not know.
func (t *tenant) typeOf(ctx context.Context, objectID string) string {
	kind, _ := t.lookAtObject(ctx, objectID)
	return kind
}

// lookAtObject returns the type of an object. It fails with ErrNotFound where there is none, and with ErrForbidden where
// the caller may not know.
func (t *tenant) lookAtObject(ctx context.Context, objectID string) (string, error) {
	info, err := directoryobjects.NewDirectoryObjectsRequestBuilderInternal(root(), t.adapter).
		ByDirectoryObjectId(objectID).ToGetRequestInformation(ctx, nil)
	c := newCall("look at the principal", entra.ReadPrincipals, info, err)
	if err := t.run(ctx, plan{calls: []*call{c}}); err != nil {
		return "", err
	}
	object, err := decode[struct {
		Type string `json:"@odata.type"`
	}](c)
	return strings.TrimPrefix(object.Type, "#microsoft.graph."), err
}

// registerPatience bounds the wait for a register that may have been made a moment ago.
const registerPatience = time.Minute

// registerOf makes sure that the client id is that of a register, and returns its service principal. It is looked up
// once.
func (t *tenant) registerOf(ctx context.Context, clientID string) (entra.API, error) {
	var seen sight
	strange := 0
	wait := waiting{forWhat: "see the register of access roles " + clientID, patience: registerPatience}
	err := t.wait(ctx, wait, func() (bool, error) {
		var err error
		if seen, err = t.lookAtRegister(ctx, clientID); err != nil {
			return false, err
		}
		if seen.name != "" && !seen.tagged {
			strange++
		}
		return seen.tagged && seen.principal.ServicePrincipalID != "" || strange == looksToBelieve, nil
	})
	if (err == nil || errors.Is(err, errPatience)) && !seen.tagged {
		return entra.API{}, &entra.NotARegisterError{ClientID: clientID, DisplayName: seen.name}
	}
	return seen.principal, err
}

// sight is what one look shows of what is to be a register.
type sight struct {
	principal entra.API // empty when it is not seen
	name      string    // empty when nothing of it is seen
	tagged    bool
}

// lookAtRegister looks at the service principal. The tag comes to it from the application, with a delay, so that the
// application is asked where it lacks the tag.
func (t *tenant) lookAtRegister(ctx context.Context, clientID string) (sight, error) {
	if err := t.findAPIs(ctx, []string{clientID}); err != nil {
		return sight{}, err
	}
	var seen sight
	seen.principal, _ = t.apis.get(clientID)
	seen.name, seen.tagged = seen.principal.DisplayName, seen.principal.KeepsAccessRoles()
	if seen.tagged {
		return seen, nil
	}
	t.apis.forget(clientID)
	c := t.readingOf(ctx, entra.Ref{ClientID: clientID}).application
	if err := t.run(ctx, plan{calls: []*call{c}}); err != nil {
		if errors.Is(err, entra.ErrNotFound) {
			err = nil
		}
		return seen, err
	}
	application, err := t.decodeApplication(c)
	seen.name, seen.tagged = application.DisplayName, slices.Contains(application.Tags, entra.TagAccessRoles)
	if seen.tagged && seen.principal.ServicePrincipalID != "" {
		seen.principal.Tags = application.Tags
		t.apis.put(seen.principal)
	}
	return seen, err
}

// Read finds the assignment in a list that all who look for one share. It believes that one is gone when several looks
// agree.
func (a assignments) Read(ctx context.Context, tenantID string, ref entra.RoleAssignment) (entra.RoleAssignment, error) {
	t := a.gateway.tenant(tenantID)
	ref.RegisterID = strings.ToLower(ref.RegisterID)
	var found entra.RoleAssignment
	shown, misses, copies := false, 0, 1
	since := t.options.Clock.Now().Add(-holderWindow)
	wait := waiting{
		forWhat:  fmt.Sprintf("see several times in a row that the access role %q is gone", ref.Role.Name),
		patience: settlePatience, attempts: 3 * looksToBelieve,
	}
	err := t.wait(ctx, wait, func() (bool, error) {
		held, err := t.holders(ctx, ref.RegisterID, copies, since)
		copies, since = agreeingCopies, t.options.Clock.Now() // what is to be believed now is a look of one's own
		switch {
		case errors.Is(err, entra.ErrNotYetVisible):
			misses = 0
			return false, nil
		case err != nil && !errors.Is(err, entra.ErrNotFound):
			return false, err
		}
		if found, shown = find(held, ref); shown {
			return true, nil
		}
		misses++
		return misses > looksToBelieve, nil // the first of them may have been an old one
	})
	if err == nil && !shown {
		err = &entra.GraphError{Kind: entra.ErrNotFound, Operation: "find the assignment of the access role"}
	}
	return found, err
}

// Withdraw takes the role away until a list shows it gone. When nothing was there to remove, several lists have to agree.
func (a assignments) Withdraw(ctx context.Context, tenantID string, ref entra.RoleAssignment) error {
	t := a.gateway.tenant(tenantID)
	defer t.self.forget() // it may be the caller who had the role
	ref.RegisterID = strings.ToLower(ref.RegisterID)
	removed, misses := false, 0
	wait := waiting{forWhat: fmt.Sprintf("see the access role %q withdrawn", ref.Role.Name)}
	return t.wait(ctx, wait, func() (bool, error) {
		if ref.ID != "" {
			c := t.withdrawAccessRole(ctx, ref)
			err := unlessGone(t.run(ctx, plan{calls: []*call{c}}), []*call{c})
			t.held.forget(ref.RegisterID, nil)
			if err != nil {
				return false, err
			}
			removed = removed || c.err == nil
		}
		held, err := t.holders(ctx, ref.RegisterID, 1, t.options.Clock.Now())
		if err != nil && !errors.Is(err, entra.ErrNotFound) {
			return false, err
		}
		if found, ok := find(held, ref); ok {
			ref.ID, misses = found.ID, 0 // it may have been assigned anew
			return false, nil
		}
		misses++
		return removed || misses == looksToBelieve, nil
	})
}

func (t *tenant) withdrawAccessRole(ctx context.Context, ref entra.RoleAssignment) *call {
	info, err := t.servicePrincipal(keyToReplace).AppRoleAssignedTo().ByAppRoleAssignmentId(ref.ID).ToDeleteRequestInformation(ctx, nil)
	operation := fmt.Sprintf("withdraw the access role %q from %s", ref.Role.Name, ref.PrincipalID)
	return newCall(operation, entra.WithdrawAccessRoles, info, err).ofClient(ref.RegisterID)
}
