package emulator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/google/uuid"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/graph"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

// TenantOptions describe a new tenant.
type TenantOptions struct {
	ID              string     // GUID; random when empty
	DisplayName     string     // default Contoso
	Domain          string     // the initial domain, default <slug of the display name>.onmicrosoft.com, made unique
	Hybrid          bool       // synchronised from on-premises: organization.onPremisesSyncEnabled is true
	WithoutExchange bool       // no service principal of Office 365 Exchange Online
	Customers       []Customer // of a partner
}

// Tenant is one emulated tenant.
type Tenant struct {
	server *Server
	state  *directory.Tenant
	admin  Identity
	engine atomic.Pointer[conditions.Engine]

	mu       sync.Mutex
	requests []Request
}

// Identity is an application that can sign in.
type Identity struct {
	ClientID, ClientSecret string
	ObjectID               string // of the service principal
	ApplicationObjectID    string
}

// adminPermissions are what the provider can need, and what it takes to set users and groups up for it.
var adminPermissions = []string{"Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All",
	"DelegatedPermissionGrant.ReadWrite.All", "RoleManagement.ReadWrite.Directory", "Policy.Read.All",
	"Policy.ReadWrite.ApplicationConfiguration", "Directory.Read.All", "Organization.Read.All", "Domain.Read.All",
	"Group.ReadWrite.All", "User.ReadWrite.All", "DelegatedAdminRelationship.Read.All", "CrossTenantInformation.ReadBasic.All"}

// ErrTenantExists is a tenant whose id or domain another one has.
var ErrTenantExists = errors.New("a tenant with this id or domain exists")

// Tenant adds a tenant with the objects that every tenant has, and an administrator application.
func (s *Server) Tenant(opts TenantOptions) (*Tenant, error) {
	if opts.ID == "" {
		opts.ID = uuid.NewString()
	} else if err := uuid.Validate(opts.ID); err != nil {
		return nil, fmt.Errorf("tenant id %q: %w", opts.ID, err)
	}
	opts.ID = strings.ToLower(opts.ID)
	if opts.DisplayName == "" {
		opts.DisplayName = "Contoso"
	}
	s.directory.Lock()
	if opts.Domain == "" {
		opts.Domain = slug(opts.DisplayName) + ".onmicrosoft.com"
		if _, taken := s.directory.Tenant(opts.Domain); taken {
			opts.Domain = slug(opts.DisplayName) + "-" + opts.ID[:8] + ".onmicrosoft.com"
		}
	}
	state, added := s.directory.AddTenant(opts.ID, opts.DisplayName, strings.ToLower(opts.Domain))
	if added {
		graph.Seed(state, s.options.Clock(), opts.Hybrid, opts.WithoutExchange)
	}
	s.directory.Unlock()
	if !added {
		return nil, fmt.Errorf("tenant %s, %s: %w", opts.ID, opts.Domain, ErrTenantExists)
	}
	t := &Tenant{server: s, state: state}
	var err error
	if t.admin, err = t.Caller("Administrator", adminPermissions...); err != nil {
		return nil, err
	}
	for _, customer := range opts.Customers {
		if err := t.AddCustomer(customer); err != nil {
			return nil, err
		}
	}
	// Nothing lags behind that was there before the tenant.
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tenants[state.ID] = t
	return t, t.SetConditions(s.conditions)
}

func slug(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(name))
}

// ID is the tenant's GUID.
func (t *Tenant) ID() string { return t.state.ID }

// Domain is the tenant's initial domain.
func (t *Tenant) Domain() string { return t.state.Domain }

// Admin is a service principal with every permission that the provider can need.
func (t *Tenant) Admin() Identity { return t.admin }

// Caller adds an application with exactly these application permissions of Microsoft Graph consented, and one secret.
func (t *Tenant) Caller(name string, permissions ...string) (Identity, error) {
	app, err := t.must(http.MethodPost, "/applications", map[string]any{"displayName": name})
	if err != nil {
		return Identity{}, err
	}
	identity := Identity{ClientID: directory.Text(app, "appId"), ApplicationObjectID: directory.Text(app, "id")}
	sp, err := t.must(http.MethodPost, "/servicePrincipals", map[string]any{"appId": identity.ClientID})
	if err != nil {
		return Identity{}, err
	}
	identity.ObjectID = directory.Text(sp, "id")
	secret, err := t.must(http.MethodPost, "/applications/"+identity.ApplicationObjectID+"/addPassword", map[string]any{})
	if err != nil {
		return Identity{}, err
	}
	identity.ClientSecret = directory.Text(secret, "secretText")
	if len(permissions) == 0 {
		return identity, nil
	}
	api, err := t.must(http.MethodGet, "/servicePrincipals(appId='"+catalogue.MicrosoftGraph+"')?$select=id", nil)
	if err != nil {
		return Identity{}, err
	}
	for _, permission := range permissions {
		entry, ok := catalogue.ByName(catalogue.MicrosoftGraph, catalogue.Application, permission)
		if !ok {
			return Identity{}, fmt.Errorf("no application permission %q of Microsoft Graph", permission)
		}
		if _, err := t.must(http.MethodPost, fmt.Sprintf("/servicePrincipals/%s/appRoleAssignedTo", api["id"]), map[string]any{
			"principalId": identity.ObjectID, "resourceId": api["id"], "appRoleId": entry.ID}); err != nil {
			return Identity{}, fmt.Errorf("consent to %s: %w", permission, err)
		}
	}
	return identity, nil
}

// must performs a request that is expected to succeed.
func (t *Tenant) must(method, path string, body any) (map[string]any, error) {
	status, response, err := t.Do(method, path, body)
	if err != nil {
		return nil, err
	}
	if status >= http.StatusBadRequest {
		return nil, fmt.Errorf("%s %s: status %d: %v", method, path, status, response["error"])
	}
	return response, nil
}

// Do performs one request as the tenant's administrator, as the portal would: with every permission, without becoming
// the owner of anything, outside the request log, and under no conditions. The path is relative to /v1.0 and may have a query. The response
// is nil when there is none.
func (t *Tenant) Do(method, path string, body any) (status int, response map[string]any, err error) {
	path, query, _ := strings.Cut("/"+strings.TrimPrefix(path, "/"), "?")
	request := graph.Request{Method: method, Path: path, Query: strings.ReplaceAll(query, " ", "%20"),
		Header: http.Header{"Content-Type": {"application/json"}}}
	if body != nil {
		if request.Body, err = json.Marshal(body); err != nil {
			return 0, nil, fmt.Errorf("encode body of %s %s: %w", method, path, err)
		}
	}
	answer := t.server.graph.Serve(context.Background(), graph.Caller{Tenant: t.state, Administrator: true}, request)
	if answer.Body == nil {
		return answer.Status, nil, nil
	}
	document, err := json.Marshal(answer.Body)
	if err != nil {
		return answer.Status, nil, fmt.Errorf("encode response of %s %s: %w", method, path, err)
	}
	if err := json.NewDecoder(bytes.NewReader(document)).Decode(&response); err != nil {
		return answer.Status, nil, fmt.Errorf("decode response of %s %s: %w", method, path, err)
	}
	return answer.Status, response, nil
}
