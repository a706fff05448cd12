package login

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra/catalogue"
)

const (
	tokenLifetime = time.Hour
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	maxForm       = 1 << 20
)

// client is an application that asks for a token.
type client struct {
	view        directory.View
	tenant      *directory.Tenant
	application *directory.Object
	principal   *directory.Object
	method      string // appidacr: 1 secret, 2 certificate
}

func (s *Service) token(r *http.Request, tenantName, base string, replica directory.Replica) Response {
	r.Body = http.MaxBytesReader(nil, r.Body, maxForm)
	_ = r.ParseForm() // what cannot be parsed is missing below
	claims, tenant, err := s.claims(tenantName, r.PostForm, replica)
	var response Response
	if err != nil {
		response = err.response(s.Directory.Clock(), base, r.Header.Get("client-request-id"))
	} else {
		// Signing takes long enough to be done outside the lock.
		response = s.issue(claims)
	}
	response.Tenant, response.ClientID = tenant, r.PostForm.Get("client_id")
	return response
}

func (s *Service) issue(claims jwt.MapClaims) Response {
	key := s.signing()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"], token.Header["x5t"] = key.id, key.id
	signed, err := token.SignedString(key.private)
	if err != nil {
		return Response{Status: http.StatusInternalServerError, Body: map[string]any{"error": "server_error"}}
	}
	seconds := int(tokenLifetime.Seconds()) - 1
	return Response{Status: http.StatusOK, Body: map[string]any{"token_type": "Bearer", "expires_in": seconds,
		"ext_expires_in": seconds, "access_token": signed}}
}

// claims authenticates the client of a token request and returns the claims of its token. It takes the lock. The tenant
// is returned also with a refusal, once it is known.
func (s *Service) claims(tenantName string, form url.Values, replica directory.Replica) (jwt.MapClaims, *directory.Tenant, *refusal) {
	if tenantName == "common" || tenantName == "organizations" || tenantName == "consumers" {
		return nil, nil, badRequest(50059, "invalid_request", "No tenant-identifying information found in either the "+
			"request or implied by any provided credentials.")
	}
	s.Directory.Lock()
	defer s.Directory.Unlock()
	tenant, ok := s.Directory.Tenant(tenantName)
	if !ok {
		return nil, nil, unknownTenant(tenantName)
	}
	tenant.CatchUp()
	for _, name := range []string{"grant_type", "client_id", "scope"} {
		if form.Get(name) == "" {
			return nil, tenant, badRequest(900144, "invalid_request", "The request body must contain the following parameter: '%s'.", name)
		}
	}
	if form.Get("grant_type") != "client_credentials" {
		return nil, tenant, badRequest(70003, "unsupported_grant_type", "The app requested an unsupported grant type '%s'.", form.Get("grant_type"))
	}
	c, err := s.authenticate(tenant, form, replica)
	if err != nil {
		return nil, tenant, err
	}
	audience, resource, err := s.resource(c, form.Get("scope"))
	if err != nil {
		return nil, tenant, err
	}
	roles := rolesOn(c, resource)
	if assigned := c.view.Assignments("resourceId", resource.ID); resource.Flag("appRoleAssignmentRequired") &&
		!slices.ContainsFunc(assigned, func(o *directory.Object) bool { return o.Text("principalId") == c.principal.ID }) {
		return nil, tenant, badRequest(501051, "invalid_grant", "Application '%s'(%s) is not assigned to a role for the application '%s'(%s).",
			c.application.Text("appId"), c.application.Text("displayName"), audience, resource.Text("displayName"))
	}
	now := s.Directory.Clock()
	claims := jwt.MapClaims{
		"aud": audience, "iss": "https://sts.windows.net/" + tenant.ID + "/", "tid": tenant.ID,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(tokenLifetime).Unix(),
		"appid": c.application.Text("appId"), "app_displayname": c.application.Text("displayName"), "appidacr": c.method,
		"oid": c.principal.ID, "sub": c.principal.ID, "idtyp": "app", "ver": "1.0", "uti": uuid.NewString(),
		"idp": "https://sts.windows.net/" + tenant.ID + "/",
	}
	if len(roles) > 0 {
		claims["roles"] = roles
	}
	if wids := directoryRoles(c); len(wids) > 0 {
		claims["wids"] = wids
	}
	return claims, tenant, nil
}

func unknownTenant(name string) *refusal {
	return badRequest(90002, "invalid_request", "Tenant '%s' not found. Check to make sure you have the correct tenant ID "+
		"and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are "+
		"no active subscriptions for the tenant.", name)
}

// authenticate finds the client in the tenant and verifies its secret or assertion.
func (s *Service) authenticate(tenant *directory.Tenant, form url.Values, replica directory.Replica) (client, *refusal) {
	appID := form.Get("client_id")
	view := tenant.View(directory.SignIn, replica)
	principal, provisioned := view.Find(directory.ServicePrincipal, "appId", appID)
	application, home, registered := s.Directory.HomeApplication(appID, directory.SignIn, replica)
	switch {
	case !registered, home != tenant && !provisioned:
		return client{}, badRequest(700016, "unauthorized_client", "Application with identifier '%s' was not found in the "+
			"directory '%s'. This can happen if the application has not been installed by the administrator of the tenant "+
			"or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
			appID, tenant.DisplayName)
	case !provisioned:
		return client{}, badRequest(7000229, "unauthorized_client", "The client application %s is missing service principal "+
			"in the tenant %s.", appID, tenant.ID)
	case !principal.Flag("accountEnabled"), application.Flag("isDisabled"):
		return client{}, badRequest(7000112, "unauthorized_client", "Application '%s'(%s) is disabled.", appID, application.Text("displayName"))
	}
	c := client{view: view, tenant: tenant, application: application, principal: principal}
	switch {
	case form.Get("client_secret") != "":
		c.method = "1"
		return c, s.checkSecret(c, form.Get("client_secret"))
	case form.Get("client_assertion") != "" && form.Get("client_assertion_type") == assertionType:
		c.method = "2"
		return c, s.checkAssertion(c, form.Get("client_assertion"))
	}
	return client{}, badClient(7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
}

// credentials returns what an application and its service principal can sign in with.
func (c client) credentials(property string) []map[string]any {
	return append(c.application.Items(property), c.principal.Items(property)...)
}

func (s *Service) checkSecret(c client, secret string) *refusal {
	expired := false
	for _, credential := range c.credentials("passwordCredentials") {
		keyID := directory.Text(credential, "keyId")
		text, known := c.application.Secrets[keyID]
		if !known {
			text, known = c.principal.Secrets[keyID]
		}
		if !known || subtle.ConstantTimeCompare([]byte(text), []byte(secret)) == 0 {
			continue
		}
		if s.isCurrent(credential) {
			return nil
		}
		expired = true
	}
	appID := c.application.Text("appId")
	if expired {
		return badClient(7000222, "The provided client secret keys for app '%s' are expired. Visit the Azure portal to "+
			"create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for "+
			"added security: https://aka.ms/certCreds.", appID)
	}
	return badClient(7000215, "Invalid client secret provided. Ensure the secret being sent in the request is the client "+
		"secret value, not the client secret ID, for a secret added to app '%s'.", appID)
}

// isCurrent tells whether a credential can be used now. One that has not begun counts as ended.
func (s *Service) isCurrent(credential map[string]any) bool {
	now := s.Directory.Clock()
	start, end := timeOf(credential["startDateTime"]), timeOf(credential["endDateTime"])
	return !now.Before(start) && now.Before(end)
}

func timeOf(value any) time.Time {
	text, _ := value.(string)
	t, _ := time.Parse(time.RFC3339Nano, text)
	return t
}

// resource finds what a scope asks for. The audience is the resource as the scope names it.
func (s *Service) resource(c client, scope string) (audience string, resource *directory.Object, err *refusal) {
	scopes := slices.DeleteFunc(strings.Fields(scope), func(name string) bool {
		return name == "openid" || name == "profile" || name == "offline_access" || name == "email"
	})
	if len(scopes) != 1 {
		return "", nil, badRequest(70011, "invalid_scope", "The provided value for the input parameter 'scope' is not valid. "+
			"The scope %s is not valid.", scope)
	}
	name, ok := strings.CutSuffix(scopes[0], "/.default")
	if !ok || name == "" {
		return "", nil, badRequest(1002012, "invalid_scope", "The provided value for scope %s is not valid. Client credential "+
			"flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", scopes[0])
	}
	wanted := strings.TrimRight(name, "/")
	if u, parseErr := url.Parse(wanted); parseErr == nil && s.isOwnHost(u) {
		wanted = catalogue.MicrosoftGraph
	}
	for _, sp := range c.view.List(directory.ServicePrincipal) {
		names := sp.Values("servicePrincipalNames")
		for _, known := range names {
			if text, _ := known.(string); strings.EqualFold(strings.TrimRight(text, "/"), wanted) {
				return name, sp, nil
			}
		}
	}
	return "", nil, badRequest(500011, "invalid_resource", "The resource principal named %s was not found in the tenant named "+
		"%s. This can happen if the application has not been installed by the administrator of the tenant or consented to by "+
		"any user in the tenant. You might have sent your authentication request to the wrong tenant.", name, c.tenant.DisplayName)
}

// rolesOn returns the values of the application permissions that the client holds on the resource.
func rolesOn(c client, resource *directory.Object) []string {
	var values []string
	for _, assignment := range c.view.Assignments("principalId", c.principal.ID) {
		if assignment.Text("resourceId") != resource.ID {
			continue
		}
		for _, role := range resource.Items("appRoles") {
			if value, _ := role["value"].(string); role["id"] == assignment.Text("appRoleId") && value != "" {
				values = append(values, value)
			}
		}
	}
	slices.Sort(values)
	return values
}

// directoryRoles returns the templates of the directory roles that the client holds for the whole tenant, itself or
// through groups.
func directoryRoles(c client) []string {
	holders := []string{c.principal.ID}
	for _, group := range c.view.TransitiveGroups(c.principal.ID) {
		holders = append(holders, group.ID)
	}
	var templates []string
	for _, assignment := range c.view.List(directory.RoleAssignment) {
		role := assignment.Text("roleDefinitionId")
		if assignment.Text("directoryScopeId") == "/" && slices.Contains(holders, assignment.Text("principalId")) && !slices.Contains(templates, role) {
			templates = append(templates, role)
		}
	}
	return templates
}
