// Package provider is the Terraform provider sapio365: its configuration, and the list of what it manages.
package provider

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/sapio365/terraform-provider-sapio365/internal/accessrole"
	"github.com/sapio365/terraform-provider-sapio365/internal/appsession"
	"github.com/sapio365/terraform-provider-sapio365/internal/certificate"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
	"github.com/sapio365/terraform-provider-sapio365/internal/functions"
	"github.com/sapio365/terraform-provider-sapio365/internal/graph"
	"github.com/sapio365/terraform-provider-sapio365/internal/onprem"
	"github.com/sapio365/terraform-provider-sapio365/internal/partner"
	"github.com/sapio365/terraform-provider-sapio365/internal/rotation"
	"github.com/sapio365/terraform-provider-sapio365/internal/sessiondata"
	"github.com/sapio365/terraform-provider-sapio365/internal/sessiontoken"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tenant"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

type sapio365 struct {
	version string
	// domains makes what finds the tenants of domains, when it is needed; nil while the provider does not know where to ask.
	domains atomic.Pointer[func() *signin.Domains]
}

var (
	_ provider.ProviderWithValidateConfig     = (*sapio365)(nil)
	_ provider.ProviderWithEphemeralResources = (*sapio365)(nil)
	_ provider.ProviderWithFunctions          = (*sapio365)(nil)
	_ provider.ProviderWithActions            = (*sapio365)(nil)
	_ provider.ProviderWithListResources      = (*sapio365)(nil)
)

// New returns what makes the provider of the version.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &sapio365{version: version} }
}

// Metadata names the provider.
func (p *sapio365) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName, resp.Version = "sapio365", p.version
}

// Schema describes the provider block.
func (p *sapio365) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = providerSchema()
}

// Resources lists what the provider manages.
func (p *sapio365) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		appsession.NewResource, accessrole.NewResource, accessrole.NewAssignmentResource, onprem.NewResource,
	}
}

// DataSources lists what the provider reads.
func (p *sapio365) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		sessiondata.NewDataSource, sessiondata.NewListDataSource, accessrole.NewDataSource, tenant.NewDataSource, partner.NewDataSource,
	}
}

// ListResources lists what the provider finds for terraform query.
func (p *sapio365) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{sessiondata.NewListResource}
}

// EphemeralResources lists what the provider makes for one run of Terraform.
func (p *sapio365) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{certificate.NewEphemeralResource, sessiontoken.NewEphemeralResource}
}

// Actions lists what the provider does at somebody's request, beside managing things.
func (p *sapio365) Actions(context.Context) []func() action.Action {
	return []func() action.Action{rotation.NewAction, sessiontoken.NewAction}
}

// Functions lists what the provider computes.
func (p *sapio365) Functions(context.Context) []func() function.Function {
	return []func() function.Function{functions.NewCertificateThumbprint, functions.NewAdminConsentURL, functions.NewPermissionProfile}
}

// Configure resolves the settings and prepares what the resources use. It connects to nothing.
func (p *sapio365) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	configuration, unknown := p.readBlock(ctx, req.Config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if len(unknown) > 0 {
		// Nothing is deferred, also where that is allowed: OpenTofu then refuses what can be planned very well.
		handOver(unready(configuration, unknown), resp)
		return
	}
	settings, problems := ResolveSettings(configuration, os.Getenv, os.ReadFile)
	resp.Diagnostics.Append(p.diagnostics(ctx, problems)...)
	if resp.Diagnostics.HasError() {
		return
	}
	logSources(ctx, settings)
	data, err := connect(settings, fmt.Sprintf("terraform-provider-sapio365/%s Terraform/%s", p.version, req.TerraformVersion))
	if err != nil {
		resp.Diagnostics.AddError("Unusable provider configuration", err.Error())
		return
	}
	handOver(data, resp)
}

// handOver gives the configured provider to everything that it offers.
func handOver(data *tfkit.Provider, resp *provider.ConfigureResponse) {
	resp.ResourceData, resp.DataSourceData, resp.EphemeralResourceData, resp.ActionData = data, data, data, data
	resp.ListResourceData = data
}

// unready is what resources get while parts of the provider block are unknown. Only what the block itself tells is
// used: an environment variable could lose against the unknown part.
func unready(configuration Configuration, unknown []string) *tfkit.Provider {
	tenantID := ""
	if configuration.TenantID != nil && entra.IsGUID(*configuration.TenantID) {
		tenantID = strings.ToLower(*configuration.TenantID)
	}
	return tfkit.Unready(unknown, tenantID)
}

// connect prepares the way to Microsoft Graph.
func connect(settings Settings, userAgent string) (*tfkit.Provider, error) {
	client, err := httpClient(settings.CACertificates)
	if err != nil {
		return nil, err
	}
	clock := entra.SystemClock{}
	identity, err := signin.New(signin.Config{
		TenantID: settings.TenantID, ClientID: settings.ClientID, Cloud: settings.Cloud,
		Credential: settings.Credential, Tenants: settings.Tenants, HTTPClient: client, Clock: clock.Now,
	})
	if err != nil {
		return nil, err
	}
	gateway, err := graph.New(graph.Options{
		Endpoint: settings.Cloud.GraphEndpoint, HTTPClient: client, Tokens: tokens{identity}, SignIns: signIns{identity},
		Clock: clock, UserAgent: userAgent,
	})
	if err != nil {
		return nil, err
	}
	return &tfkit.Provider{
		Sessions: gateway, Index: gateway, Rotations: gateway, Permissions: gateway, Registers: gateway.Registers(), RoleAssignments: gateway.RoleAssignments(),
		OnPremises: gateway,
		Callers:    gateway, Enforcement: settings.Enforcement, Policies: gateway, Tenants: gateway, Partners: gateway,
		SignIn: func(ctx context.Context, tenantID string) (entra.Holder, error) {
			token, err := identity.Token(ctx, tenantID)
			return holder(token.Claims), err
		},
		SignInAs: identity.SignInAs,
		Clock:    clock, TenantID: settings.TenantID, Cloud: settings.Cloud,
		Login: tfkit.Login{ClientID: settings.ClientID, Source: settings.Credential.Source()}, Logins: logins(settings.Tenants),
		PermanentlyDelete: settings.PermanentlyDelete, RecoverSoftDeleted: settings.RecoverSoftDeleted,
	}, nil
}

// logins are the identities for single tenants, without their credentials.
func logins(tenants map[string]signin.Login) map[string]tfkit.Login {
	shown := make(map[string]tfkit.Login, len(tenants))
	for tenantID, login := range tenants {
		shown[tenantID] = tfkit.Login{ClientID: login.ClientID, Source: login.Credential.Source()}
	}
	return shown
}

// maxConnections bounds the connections to one host. Requests are batched, so a few serve any number of resources.
const maxConnections = 4

func httpClient(authorities []*x509.Certificate) (*http.Client, error) {
	roots, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("the machine's certificate authorities cannot be read: %w", err)
	}
	for _, authority := range authorities {
		roots.AddCert(authority)
	}
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 100 * time.Second,
		ForceAttemptHTTP2:     true,
		MaxConnsPerHost:       maxConnections,
		MaxIdleConnsPerHost:   maxConnections,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
	}}, nil
}

// tokens lets the gateway sign in.
type tokens struct{ identity *signin.Identity }

func (t tokens) Token(ctx context.Context, tenantID string) (graph.Token, error) {
	token, err := t.identity.Token(ctx, tenantID)
	if err != nil {
		return graph.Token{}, err
	}
	h := holder(token.Claims)
	return graph.Token{
		Value: token.Value, ObjectID: h.ObjectID, Name: h.Name, User: h.User, DirectoryRoles: h.DirectoryRoles, Permissions: h.Permissions,
	}, nil
}

// holder is whom the claims of a token are about. A user's token may carry roles that the user was assigned on Microsoft
// Graph; they do not count for what is done in the user's name.
func holder(claims signin.Claims) entra.Holder {
	h := entra.Holder{
		TenantID: claims.TenantID, ObjectID: claims.ObjectID, ClientID: claims.AppID, Name: claims.Name,
		User: claims.IDType == signin.IDTypeUser, Permissions: claims.Roles, DirectoryRoles: claims.WIDs,
	}
	if h.User {
		h.Permissions = claims.Scopes
	}
	return h
}

func (t tokens) Forget(tenantID string) { t.identity.Forget(tenantID) }

// signIns signs in as App sessions.
type signIns struct{ identity *signin.Identity }

func (s signIns) SignIn(ctx context.Context, tenantID, clientID, secret, api string) ([]string, error) {
	request := signin.SignInRequest{TenantID: tenantID, ClientID: clientID, Secret: secret}
	if api != "" && api != catalogue.MicrosoftGraph {
		request.Scope = api + "/.default"
	}
	token, err := s.identity.SignInAs(ctx, request)
	var refused *signin.Error
	if errors.As(err, &refused) {
		return nil, &entra.SignInRefusedError{NotYet: refused.IsUnknown(), Blocked: refused.IsBlocked(), Cause: err}
	}
	return token.Claims.Roles, err
}

// logSources tells which of several sources each setting came from; the values stay out of it.
func logSources(ctx context.Context, settings Settings) {
	tenants := make(map[string]string, len(settings.Tenants))
	for tenantID, login := range settings.Tenants {
		tenants[tenantID] = login.Credential.Source()
	}
	tflog.Debug(ctx, "provider settings", map[string]any{
		"tenant_id": settings.TenantID, "client_id": settings.ClientID, "environment": settings.Cloud.Name,
		"credential": string(settings.Credential.Kind()), "credential_source": settings.Credential.Source(),
		"sources": settings.Sources, "tenants": tenants,
	})
}
