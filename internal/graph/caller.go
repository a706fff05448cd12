package graph

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"
	"github.com/microsoftgraph/msgraph-sdk-go/users"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// callerCache keeps who calls, so that any number of sessions look it up once.
type callerCache struct {
	mu       sync.Mutex
	looking  *callerLook // the last one; nil before the first, and when something was assigned since
	register string      // client id of a register that this process has made, which lists may lack for a while
}

// callerLook is one look at who calls, or several that agree.
type callerLook struct {
	landed  chan struct{}
	caller  entra.Caller
	err     error
	refused time.Time // when several looks had agreed that the caller does not satisfy a rule; zero where none had to
}

// forget has the next who asks look anew.
func (c *callerCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looking = nil
}

// made remembers the register that this process has made; empty: it is gone. Who calls is looked up anew.
func (c *callerCache) made(register string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.looking, c.register = nil, register
}

func (c *callerCache) ownRegister() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.register
}

// board returns the look to wait for. It is the caller's to make when mine is set, which it is when the last one, as the
// caller knows, does not do.
func (c *callerCache) board(useless *callerLook) (look *callerLook, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.looking != nil && c.looking != useless {
		return c.looking, false
	}
	c.looking = &callerLook{landed: make(chan struct{})}
	return c.looking, true
}

// Caller tells who the provider runs as, from the token and two round trips, which all that ask at a time share. That it
// does not satisfy one of the rules is believed when several looks agree.
func (g *Gateway) Caller(ctx context.Context, tenantID string, rules ...entra.AccessRule) (entra.Caller, error) {
	t := g.tenant(tenantID)
	var useless *callerLook
	for {
		look, mine := t.self.board(useless)
		if mine {
			if look.err = t.lookUntilSure(ctx, look, rules); look.err != nil {
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
		switch {
		case look.err != nil && !isOver(look.err):
			return look.caller, look.err
		case look.err == nil && (satisfies(look.caller, rules) || t.options.Clock.Now().Sub(look.refused) < holderWindow):
			return look.caller, nil
		}
		useless = look
	}
}

func satisfies(caller entra.Caller, rules []entra.AccessRule) bool {
	return !slices.ContainsFunc(rules, func(rule entra.AccessRule) bool { return rule.Check(caller) != nil })
}

// lookUntilSure looks until the caller satisfies the rules, or several looks agree that it does not: a replica may lag
// behind. A group that may not be seen matters only where the rules are not satisfied without it.
func (t *tenant) lookUntilSure(ctx context.Context, look *callerLook, rules []entra.AccessRule) error {
	copies := 1
	var unseen error
	wait := waiting{
		forWhat: "see several times in a row what the caller may do", patience: settlePatience, attempts: 3 * looksToBelieve,
	}
	err := t.believe(ctx, wait, func() (string, bool, error) {
		caller, groups, err := t.lookAtCaller(ctx, copies)
		copies = agreeingCopies
		if err == nil {
			look.caller, unseen = caller, groups
		}
		return caller.AccessRolesID + caller.Holdings(), err == nil && satisfies(caller, rules), err
	})
	switch {
	case err != nil:
		return err
	case !satisfies(look.caller, rules):
		look.refused = t.options.Clock.Now()
	case len(rules) > 0:
		return nil
	}
	return unseen
}

// lookAtCaller reads what the rules ask of the caller: whether it is an App session, which groups it is a direct member
// of, and which access roles it or one of these holds. groups is why the groups could not be seen.
func (t *tenant) lookAtCaller(ctx context.Context, copies int) (caller entra.Caller, groups, err error) {
	token, err := t.options.Tokens.Token(ctx, t.id)
	if err != nil {
		return caller, nil, err
	}
	caller = entra.Caller{
		TenantID: t.id, ObjectID: token.ObjectID, Name: token.Name, User: token.User, AccessRoles: map[string]string{},
		GlobalAdministrator: slices.Contains(token.DirectoryRoles, entra.GlobalAdministrator),
	}
	var self *call
	if !token.User {
		self = t.lookAtPrincipal(ctx, token.ObjectID)
	}
	registers, memberOf, err := t.readForCaller(ctx, token, self)
	var refused *entra.GraphError
	if errors.Is(err, entra.ErrForbidden) && errors.As(err, &refused) && refused.Operation == readGroups {
		groups, err = err, nil
	}
	if err != nil {
		return caller, nil, err
	}
	if self != nil {
		api, err := decodeAPI(self)
		if err != nil {
			return caller, nil, err
		}
		caller.Name, caller.AppSession = api.DisplayName, slices.Contains(api.Tags, entra.TagAppSession)
	}
	if own := t.self.ownRegister(); len(registers) == 0 && own != "" {
		registers = []entra.Registration{{ClientID: own}}
	}
	if len(registers) > 1 {
		if registers, err = t.confirmed(ctx, registers); len(registers) > 1 {
			err = &entra.SecondRegisterError{Registers: registers} // whose roles count, nobody can tell
		}
	}
	if err == nil && len(registers) == 1 {
		err = t.addRoles(ctx, &caller, registers[0], memberOf, copies)
	}
	return caller, groups, err
}

// readForCaller makes the looks that share a round trip. The error of the groups comes with all else read.
func (t *tenant) readForCaller(ctx context.Context, token Token, self *call) ([]entra.Registration, []directoryObject, error) {
	name, tagged, memberOf := t.lookUpName(ctx, entra.RegisterName(1)), t.listTagged(ctx), t.groupsOf(ctx, token)
	calls := compact(self, name, tagged, memberOf)
	if t.run(ctx, plan{calls: calls}) != nil { // that of the groups is judged apart
		if err := otherThanAbsence(calls[:len(calls)-1]); err != nil {
			return nil, nil, err
		}
	}
	pages, err := t.follow(ctx, tagged)
	if err != nil {
		return nil, nil, err
	}
	registers, err := t.foundRegisters(pages, name)
	if err != nil || memberOf.err != nil {
		return registers, nil, cmp.Or(err, memberOf.err)
	}
	if pages, err = t.follow(ctx, memberOf); err != nil {
		return registers, nil, err
	}
	members, err := decodePages[directoryObject](pages)
	return registers, slices.DeleteFunc(members, func(o directoryObject) bool { return o.Type != "#microsoft.graph.group" }), err
}

// addRoles adds the access roles of the register that the caller holds.
func (t *tenant) addRoles(
	ctx context.Context, caller *entra.Caller, register entra.Registration, groups []directoryObject, copies int,
) error {
	caller.AccessRolesID = register.ClientID
	since := t.options.Clock.Now()
	if copies == 1 {
		since = since.Add(-holderWindow)
	}
	held, err := t.holders(ctx, strings.ToLower(register.ClientID), copies, since)
	if errors.Is(err, entra.ErrNotFound) {
		return nil // a register without service principal: nobody can hold anything
	}
	for _, assignment := range held {
		role := assignment.Role.Name
		switch {
		case role == "": // of somebody else's
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

const readGroups = "list the groups that the caller is a member of"

// groupsOf lists what the caller is a direct member of. Only these groups count, as for any app role. It asks for no cast
// to groups, which Microsoft Graph answers from an index that lags behind.
func (t *tenant) groupsOf(ctx context.Context, token Token) *call {
	if token.User {
		info, err := users.NewUsersRequestBuilderInternal(root(), t.adapter).ByUserId(token.ObjectID).MemberOf().ToGetRequestInformation(ctx, nil)
		return newCall(readGroups, entra.ReadMemberships, info, err)
	}
	info, err := t.servicePrincipal(token.ObjectID).MemberOf().ToGetRequestInformation(ctx, nil)
	return newCall(readGroups, entra.ReadMemberships, info, err)
}
