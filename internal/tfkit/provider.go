// Package tfkit holds what the resources and data sources share of the Terraform framework: the configured provider,
// timeouts, validators, and the translation of errors into diagnostics. It contains no rule of the subject itself.
package tfkit

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

// Provider is what the configured provider hands to its resources.
type Provider struct {
	Sessions        entra.Sessions
	Rotations       entra.Rotations
	Index           entra.SessionIndex
	Permissions     entra.Permissions
	Policies        entra.Policies
	Tenants         entra.Tenants
	Partners        entra.Partners
	Registers       entra.Registers
	RoleAssignments entra.RoleAssignments
	OnPremises      entra.OnPremises
	// SignIn obtains a token of the tenant, to see whether that works and what the token lets its holder do.
	SignIn func(ctx context.Context, tenantID string) (entra.Holder, error)
	// SignInAs signs another application in, with a credential of its own.
	SignInAs func(ctx context.Context, req signin.SignInRequest) (signin.Token, error)
	Clock    entra.Clock
	// TenantID is the default tenant, a GUID in lower case; empty while it is not known.
	TenantID string
	// Login is who the provider signs in as, and Logins who it is instead in single tenants, by ID in lower case.
	Login  Login
	Logins map[string]Login
	Cloud  signin.Cloud
	// Callers tells who the provider runs as, and Enforcement what becomes of an operation that breaks an access rule.
	Callers     entra.Callers
	Enforcement entra.Enforcement
	// PermanentlyDelete purges what is destroyed. RecoverSoftDeleted restores a deleted holder of a unique name.
	PermanentlyDelete, RecoverSoftDeleted bool

	unknown []string // attributes of the provider block whose values are only known after an apply
	said    sync.Map // what need not be said again
}

// Login is who the provider signs in as.
type Login struct {
	ClientID string // the application; empty where the credential needs none
	Source   string // where the credential was configured
}

// LoginTo is who the provider signs in to the tenant as.
func (p *Provider) LoginTo(tenantID string) Login {
	if login, ok := p.Logins[strings.ToLower(tenantID)]; ok {
		return login
	}
	return p.Login
}

// Once reports true the first time that it is asked about what is to be said.
func (p *Provider) Once(what string) bool {
	_, again := p.said.LoadOrStore(what, true)
	return !again
}

// Ready tells whether all of the provider's configuration is known, so that it can sign in.
func (p *Provider) Ready() bool { return len(p.unknown) == 0 }

// IsForeign tells whether the tenant is another than the provider's own.
func (p *Provider) IsForeign(tenantID string) bool { return !SameID(tenantID, p.TenantID) }

// Base is embedded by resources that need the configured provider.
type Base struct {
	Provider *Provider // nil until the provider is configured
}

// Configure keeps the configured provider.
func (b *Base) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	b.Provider = configured(req.ProviderData, &resp.Diagnostics)
}

// DataBase is embedded by data sources that need the configured provider.
type DataBase struct {
	Provider *Provider // nil until the provider is configured
}

// Configure keeps the configured provider.
func (b *DataBase) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	b.Provider = configured(req.ProviderData, &resp.Diagnostics)
}

// EphemeralBase is embedded by ephemeral resources that need the configured provider.
type EphemeralBase struct {
	Provider *Provider // nil until the provider is configured
}

// Configure keeps the configured provider.
func (b *EphemeralBase) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	b.Provider = configured(req.ProviderData, &resp.Diagnostics)
}

// ActionBase is embedded by actions that need the configured provider.
type ActionBase struct {
	Provider *Provider // nil until the provider is configured
}

// Configure keeps the configured provider.
func (b *ActionBase) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	b.Provider = configured(req.ProviderData, &resp.Diagnostics)
}

func configured(data any, diags *diag.Diagnostics) *Provider {
	if data == nil {
		return nil
	}
	provider, ok := data.(*Provider)
	if !ok {
		diags.AddError("Unexpected provider data", fmt.Sprintf("This is a defect of the provider: it handed over %T.", data))
	}
	return provider
}
