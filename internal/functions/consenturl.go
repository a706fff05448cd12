package functions

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

type adminConsentURL struct{}

// NewAdminConsentURL makes the function admin_consent_url.
func NewAdminConsentURL() function.Function { return adminConsentURL{} }

// Metadata names the function.
func (adminConsentURL) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "admin_consent_url"
}

const defaultEnvironment = "public"

// Definition describes the function.
func (adminConsentURL) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Page on which an administrator accepts an application",
		MarkdownDescription: "Returns the URL of the page on which an administrator consents to what an application declares, for the whole " +
			"tenant: for a multi-tenant application that is to be accepted in another tenant, before anything of it is there. It has no " +
			"redirect URI, so the application needs none. `admin_consent_url` of `sapio365_app_session` is the same for a session.",
		Parameters: []function.Parameter{
			function.StringParameter{Name: "tenant_id", MarkdownDescription: "ID (GUID) of the tenant, for example " + tfkit.ExampleTenantID + "; a domain name is not accepted."},
			function.StringParameter{Name: "client_id", MarkdownDescription: "Application (client) ID of the application, a GUID, for example " + tfkit.ExampleClientID + "."},
		},
		VariadicParameter: function.StringParameter{
			Name: "environment",
			MarkdownDescription: fmt.Sprintf("The cloud of the tenant, at most one of `%s`. Default `%s`.",
				strings.Join(signin.CloudNames(), "`, `"), defaultEnvironment),
		},
		Return: function.StringReturn{},
	}
}

// Run makes the URL.
func (adminConsentURL) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var tenantID, clientID string
	var environments []string
	if resp.Error = req.Arguments.Get(ctx, &tenantID, &clientID, &environments); resp.Error != nil {
		return
	}
	for i, id := range []struct{ what, value string }{{"tenant ID", tenantID}, {"client ID", clientID}} {
		if !entra.IsGUID(id.value) {
			resp.Error = function.NewArgumentFuncError(int64(i), fmt.Sprintf("%q is not a %s. Write it as 8-4-4-4-12 hexadecimal digits.", id.value, id.what))
			return
		}
	}
	environment := defaultEnvironment
	if len(environments) > 0 {
		environment = environments[0]
	}
	cloud, known := signin.LookupCloud(environment)
	switch {
	case len(environments) > 1:
		resp.Error = function.NewArgumentFuncError(3, "A tenant is in one cloud: give one environment at most.")
	case !known:
		resp.Error = function.NewArgumentFuncError(2, fmt.Sprintf("%q is not an environment. Use one of: %s.",
			environment, strings.Join(signin.CloudNames(), ", ")))
	default:
		resp.Error = resp.Result.Set(ctx, cloud.AdminConsentURL(tenantID, clientID))
	}
}
