package graph

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/microsoftgraph/msgraph-sdk-go/serviceprincipals"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// holderWindow is how long a list of who holds the roles of a register serves those who expect to find something in it.
// A refresh of any number of assignments takes one list.
const holderWindow = 10 * time.Second

// holderLists are the lists of who holds the roles of registers, the last one of each.
type holderLists struct {
	mu   sync.Mutex
	last map[string]*holderList // by the register's client id
}

// holderList is one look at who holds the roles of a register.
type holderList struct {
	begun  time.Time
	copies int // how many lists in one batch have to agree
	landed chan struct{}
	held   []entra.RoleAssignment
	err    error
}

// board returns the list that was begun at the time or later, in as many copies. It is the caller's to make when mine is
// set.
func (h *holderLists) board(registerID string, copies int, since, now time.Time) (list *holderList, mine bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if list, ok := h.last[registerID]; ok && !list.begun.Before(since) && list.copies >= copies {
		return list, false
	}
	if h.last == nil {
		h.last = map[string]*holderList{}
	}
	list = &holderList{begun: now, copies: copies, landed: make(chan struct{})}
	h.last[registerID] = list
	return list, true
}

// forget drops a list, because it could not be made or because what it shows has been changed.
func (h *holderLists) forget(registerID string, list *holderList) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if list == nil || h.last[registerID] == list {
		delete(h.last, registerID)
	}
}

// holders lists who holds the roles of the register, by a look that was begun at the time or later. Whoever asks while
// such a look is under way shares it. It fails with ErrNotFound when the register has no service principal, and with
// ErrNotYetVisible when the copies differ.
func (t *tenant) holders(ctx context.Context, registerID string, copies int, since time.Time) ([]entra.RoleAssignment, error) {
	for {
		list, mine := t.held.board(registerID, copies, since, t.options.Clock.Now())
		if mine {
			list.held, list.err = t.listHolders(ctx, registerID, copies)
			if list.err != nil {
				t.held.forget(registerID, list)
			}
			close(list.landed)
			return list.held, list.err
		}
		select {
		case <-list.landed:
		case <-ctx.Done():
			return nil, &entra.GraphError{
				Kind: entra.ErrUnavailable, Operation: "wait for another list of who holds the access roles", Cause: ctx.Err(),
			}
		}
		if list.err == nil || errors.Is(list.err, entra.ErrNotFound) || errors.Is(list.err, entra.ErrNotYetVisible) {
			return list.held, list.err
		}
		// What has failed another may have been that one's own doing: its time was over, for example.
	}
}

func (t *tenant) listHolders(ctx context.Context, registerID string, copies int) ([]entra.RoleAssignment, error) {
	lists := make([]*call, copies)
	for i := range lists {
		lists[i] = t.assignedTo(ctx, registerID)
	}
	pages, err := t.list(ctx, nil, lists...)
	if err != nil {
		return nil, err
	}
	absent := func(list []*call) bool { return list[0].err != nil }
	present := func(list []*call) bool { return !absent(list) }
	if slices.ContainsFunc(pages, absent) && slices.ContainsFunc(pages, present) {
		return nil, disagreement("see the register of access roles twice")
	}
	var held []entra.RoleAssignment
	for i, list := range pages {
		assignments, err := decodePages[appRoleAssignment](list)
		if err != nil {
			return nil, err
		}
		shown := make([]entra.RoleAssignment, len(assignments))
		for j, assignment := range assignments {
			shown[j] = assignment.roleAssignment(registerID)
		}
		if i > 0 && !sameHolders(held, shown) {
			return nil, disagreement("see the same assignments of access roles twice")
		}
		held = shown
	}
	return held, nil
}

func sameHolders(a, b []entra.RoleAssignment) bool {
	ids := func(held []entra.RoleAssignment) []string {
		all := make([]string, len(held))
		for i, assignment := range held {
			all[i] = assignment.ID
		}
		slices.Sort(all)
		return all
	}
	return slices.Equal(ids(a), ids(b))
}

func (a appRoleAssignment) roleAssignment(registerID string) entra.RoleAssignment {
	assignment := entra.RoleAssignment{
		RegisterID: registerID, Role: entra.AccessRole{ID: strings.ToLower(a.AppRoleID)}, PrincipalID: a.PrincipalID,
		ID: a.ID, PrincipalType: a.PrincipalType, PrincipalName: a.PrincipalDisplayName,
	}
	for _, role := range entra.AccessRoles {
		if role.ID == assignment.Role.ID {
			assignment.Role = role
		}
	}
	return assignment
}

// keyToReplace stands for the client id of a service principal in addresses for which the SDK has builders by the object
// id alone.
const keyToReplace = "servicePrincipal-id"

// ofClient puts the client id in the place of the object id.
func (c *call) ofClient(clientID string) *call {
	c.url = strings.Replace(c.url, "/"+keyToReplace+"/", "(appId='"+clientID+"')/", 1)
	return c
}

// assignedTo lists who holds roles of an application.
func (t *tenant) assignedTo(ctx context.Context, clientID string) *call {
	info, err := t.servicePrincipal(keyToReplace).AppRoleAssignedTo().ToGetRequestInformation(ctx,
		&serviceprincipals.ItemAppRoleAssignedToRequestBuilderGetRequestConfiguration{
			QueryParameters: &serviceprincipals.ItemAppRoleAssignedToRequestBuilderGetQueryParameters{Top: &pageSize},
		})
	return newCall("list who holds the access roles", entra.ReadAccessRoles, info, err).ofClient(clientID)
}

// find finds the assignment among those that are held.
func find(held []entra.RoleAssignment, want entra.RoleAssignment) (entra.RoleAssignment, bool) {
	for _, assignment := range held {
		if assignment.Role.ID == want.Role.ID && strings.EqualFold(assignment.PrincipalID, want.PrincipalID) {
			return assignment, true
		}
	}
	return entra.RoleAssignment{}, false
}
