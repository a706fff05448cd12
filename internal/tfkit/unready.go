package tfkit

import (
	"context"
	"fmt"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

// UnknownSettingsError says that the provider cannot sign in before an apply has told values of its configuration.
type UnknownSettingsError struct{ Attributes []string }

func (e *UnknownSettingsError) Error() string {
	return fmt.Sprintf("the provider cannot sign in yet: %s of its provider block will only be known after an apply. "+
		"Apply what they depend on first (terraform apply -target=…), or set them to values that are known", strings.Join(e.Attributes, ", "))
}

// Unready is a provider whose configuration has unknown values: everything that would reach a tenant fails with
// *UnknownSettingsError. tenantID is empty when that is unknown, too.
func Unready(unknown []string, tenantID string) *Provider {
	err := &UnknownSettingsError{Attributes: unknown}
	return &Provider{
		Sessions: unready{err}, Index: unready{err}, Rotations: unready{err}, Permissions: unready{err},
		Callers: unready{err}, Policies: unready{err}, Tenants: unready{err}, Partners: unready{err},
		Registers: unreadyRegisters{err}, RoleAssignments: unreadyAssignments{err},
		OnPremises: unreadyOnPremises{err},
		SignIn:     func(context.Context, string) (entra.Holder, error) { return entra.Holder{}, err },
		SignInAs:   func(context.Context, signin.SignInRequest) (signin.Token, error) { return signin.Token{}, err },
		Clock:      entra.SystemClock{}, TenantID: tenantID, unknown: unknown,
	}
}

type unready struct{ err error }

func (u unready) Create(context.Context, string, entra.Session, entra.CreateOptions) (entra.Result, error) {
	return entra.Result{}, u.err
}

func (u unready) Read(context.Context, string, entra.Ref) (entra.Registration, error) {
	return entra.Registration{}, u.err
}

func (u unready) Update(context.Context, string, entra.Ref, entra.Session) (entra.Result, error) {
	return entra.Result{}, u.err
}

func (u unready) Delete(context.Context, string, entra.Ref, entra.DeleteOptions) error { return u.err }

func (u unready) RequestRotation(context.Context, string, string, bool) (entra.RotationRequest, error) {
	return entra.RotationRequest{}, u.err
}

func (u unready) FindSession(context.Context, string, entra.SessionKey) (entra.Registration, error) {
	return entra.Registration{}, u.err
}

func (u unready) ListSessions(context.Context, string, entra.SessionQuery) ([]entra.Registration, error) {
	return nil, u.err
}

func (u unready) WithConsent(context.Context, string, []entra.Registration) ([]entra.Registration, error) {
	return nil, u.err
}

func (u unready) Resolve(context.Context, string, []entra.PermissionRef) (entra.Access, error) {
	return nil, u.err
}

func (u unready) Caller(context.Context, string, ...entra.AccessRule) (entra.Caller, error) {
	return entra.Caller{}, u.err
}

func (u unready) CredentialRules(context.Context, string, string) (entra.CredentialRules, error) {
	return entra.CredentialRules{}, u.err
}

func (u unready) Tenant(context.Context, string) (entra.TenantFacts, error) {
	return entra.TenantFacts{}, u.err
}

func (u unready) Customers(context.Context, string, []entra.CustomerSource) ([]entra.Customer, error) {
	return nil, u.err
}
