package graph

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// Check looks, before an apply, whether the register and the principal of an assignment can be what they have to be. One
// that is not known yet, and so empty, is not looked at, and what the caller may not look at passes. What is wrong with
// either is joined.
func (a assignments) Check(ctx context.Context, tenantID string, want entra.RoleAssignment) error {
	t := a.gateway.tenant(tenantID)
	var register, principal error
	var looks sync.WaitGroup // at the same time, so that they share a request
	if want.RegisterID != "" {
		looks.Go(func() { register = t.checkRegister(ctx, strings.ToLower(want.RegisterID)) })
	}
	if want.PrincipalID != "" {
		looks.Go(func() { principal = t.checkPrincipal(ctx, want.PrincipalID) })
	}
	looks.Wait()
	return errors.Join(register, principal)
}

// checkRegister believes that something is no register when several looks agree.
func (t *tenant) checkRegister(ctx context.Context, clientID string) error {
	var seen sight
	looks := 0
	err := t.wait(ctx, waiting{forWhat: "see the register of access roles " + clientID}, func() (bool, error) {
		var err error
		seen, err = t.lookAtRegister(ctx, clientID)
		looks++
		return seen.tagged || looks == looksToBelieve, err
	})
	if err != nil || seen.tagged {
		return err
	}
	return &entra.NotARegisterError{ClientID: clientID, DisplayName: seen.name}
}

// checkPrincipal believes that there is nothing that could hold a role when several looks agree.
func (t *tenant) checkPrincipal(ctx context.Context, objectID string) error {
	kind, looks := "", 0
	err := t.wait(ctx, waiting{forWhat: "see the principal " + objectID}, func() (bool, error) {
		var err error
		kind, err = t.lookAtObject(ctx, objectID)
		looks++
		if errors.Is(err, entra.ErrNotFound) {
			return looks == looksToBelieve, nil
		}
		return true, err
	})
	switch {
	case errors.Is(err, entra.ErrForbidden), err == nil && slices.Contains(principalTypes, kind):
		return nil
	case err != nil:
		return err
	}
	return &entra.NoPrincipalError{PrincipalID: objectID, Type: kind}
}
