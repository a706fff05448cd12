package graph

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// callerCache keeps who calls, so that any number of sessions look it up once.
type callerCache struct {
	mu      sync.Mutex
	looking *callerLook // the last one; nil before the first, and when something was assigned since
}

// callerLook is one look at who calls.
type callerLook struct {
	landed chan struct{}
	caller entra.Caller
	err    error
}

// forget has the next who asks look anew.
func (c *callerCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looking = nil
}

// board returns the look to wait for. It is the caller's to make when mine is set.
func (c *callerCache) board() (look *callerLook, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.looking != nil {
		return c.looking, false
	}
	c.looking = &callerLook{landed: make(chan struct{})}
	return c.looking, true
}

// Caller tells who the provider runs as, from the token and two round trips, which all that ask at a time share.
func (g *Gateway) Caller(ctx context.Context, tenantID string) (entra.Caller, error) {
	t := g.tenant(tenantID)
	for {
		look, mine := t.self.board()
		if mine {
			look.caller, look.err = t.lookAtCaller(ctx)
			if look.err != nil {
				t.self.forget()
			}
			close(look.landed)
			return look.caller, look.err
		}
		select {
		case <-look.landed:
		case <-ctx.Done():
			return entra.Caller{}, &entra.GraphError{
				Kind: entra.ErrUnavailable, Operation: "wait for another look at who calls", Cause: ctx.Err(),
			}
		}
		if look.err == nil || !isOver(look.err) {
			return look.caller, look.err
		}
	}
}

// lookAtCaller reads what the rules ask of the caller: whether it is an App session, which groups it is a direct member
// of, and which access roles it or one of these holds.
func (t *tenant) lookAtCaller(ctx context.Context) (entra.Caller, error) {
	token, err := t.options.Tokens.Token(ctx, t.id)
	if err != nil {
		return entra.Caller{}, err
	}
	caller := entra.Caller{
		TenantID: t.id, ObjectID: token.ObjectID, Name: token.Name, User: token.User, AccessRoles: map[string]string{},
		GlobalAdministrator: slices.Contains(token.DirectoryRoles, entra.GlobalAdministrator),
	}
	registers, groups := t.listTagged(ctx), t.groupsOf(ctx, token)
	var self *call
	if !token.User {
		self = t.lookAtPrincipal(ctx, token.ObjectID)
	}
	pages, err := t.list(ctx, compact(self), registers, groups)
	if err != nil {
		return caller, err
	}
	if self != nil {
		api, err := decodeAPI(self)
		if err != nil {
			return caller, err
		}
		caller.Name, caller.AppSession = api.DisplayName, slices.Contains(api.Tags, entra.TagAppSession)
	}
	memberships, err := decodePages[directoryObject](pages[1])
	if err != nil {
		return caller, err
	}
	registrations, err := t.decodeTagged(pages[0])
	if err != nil {
		return caller, err
	}
	for _, register := range registrations {
		if err := t.addRoles(ctx, &caller, register, memberships); err != nil {
			return caller, err
		}
	}
	return caller, nil
}

// addRoles adds the access roles of the register that the caller holds.
func (t *tenant) addRoles(ctx context.Context, caller *entra.Caller, register entra.Registration, groups []directoryObject) error {
	caller.AccessRolesID = register.ClientID
	held, err := t.holders(ctx, strings.ToLower(register.ClientID), 1, t.options.Clock.Now().Add(-holderWindow))
	if errors.Is(err, entra.ErrNotFound) {
		return nil // a register without service principal: nobody can hold anything
	}
	for _, assignment := range held {
		role := assignment.Role.Name
		switch {
		case strings.EqualFold(assignment.PrincipalID, caller.ObjectID):
			caller.AccessRoles[role] = "directly"
		case caller.AccessRoles[role] == "" && slices.ContainsFunc(groups, func(g directoryObject) bool {
			return strings.EqualFold(g.ID, assignment.PrincipalID)
		}):
			caller.AccessRoles[role] = fmt.Sprintf("by the group %q", assignment.PrincipalName)
		}
	}
	return err
}

func (t *tenant) lookAtPrincipal(ctx context.Context, objectID string) *call {
	info, err := t.servicePrincipal(objectID).ToGetRequestInformation(ctx,
		&serviceprincipals.ServicePrincipalItemRequestBuilderGetRequestConfiguration{
			QueryParameters: &serviceprincipals.ServicePrincipalItemRequestBuilderGetQueryParameters{Select: apiProperties},
		})
	return newCall("look at the provider's own service principal", entra.ReadApplications, info, err)
}

// groupsOf lists the groups that the caller is a direct member of. Only these count, as for any app role.
func (t *tenant) groupsOf(ctx context.Context, token Token) *call {
	const operation = "list the groups that the caller is a member of"
	if token.User {
		info, err := users.NewUsersRequestBuilderInternal(root(), t.adapter).ByUserId(token.ObjectID).MemberOf().GraphGroup().
			ToGetRequestInformation(ctx, nil)
		return newCall(operation, entra.ReadMemberships, info, err)
	}
	info, err := t.servicePrincipal(token.ObjectID).MemberOf().GraphGroup().ToGetRequestInformation(ctx, nil)
	return newCall(operation, entra.ReadMemberships, info, err)
}
