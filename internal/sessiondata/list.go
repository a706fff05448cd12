package sessiondata

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/appsession"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var (
	_ list.ListResourceWithConfigure      = (*sessionList)(nil)
	_ list.ListResourceWithValidateConfig = (*sessionList)(nil)
)

type sessionList struct{ tfkit.Base }

// NewListResource makes the list sapio365_app_session.
func NewListResource() list.ListResource { return &sessionList{} }

// Metadata names the list after the resource.
func (l *sessionList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_app_session"
}

// listModel is the configuration of the list.
type listModel struct {
	choice
	TenantID  types.String `tfsdk:"tenant_id"`
	ClientIDs types.List   `tfsdk:"client_ids"`
}

// ListResourceConfigSchema describes the configuration of the list.
func (l *sessionList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: fmt.Sprintf("The App sessions of a tenant, for `terraform query`: the registrations that carry the tag `%s`, and those that "+
			"`client_ids` names, sorted by display name. Terraform can write import blocks and the configuration for them.\n\n"+
			"Sessions that sapio365 or a person has made carry no tag before they have been imported and changed.\n\n"+
			"Needs Terraform 1.14. Under the provider's `access_enforcement` the caller must hold the access role \"Access App sessions\".",
			entra.TagAppSession),
		Attributes: map[string]schema.Attribute{
			"tenant_id": schema.StringAttribute{
				Optional: true, MarkdownDescription: tfkit.AboutTenant(""),
				Validators: []validator.String{tfkit.TenantID()},
			},
			"display_name_prefix":  schema.StringAttribute{Optional: true, MarkdownDescription: prefixDescription},
			"expiring_within_days": schema.Int64Attribute{Optional: true, MarkdownDescription: expiringDescription},
			"client_ids": schema.ListAttribute{ // such a schema has no sets
				Optional: true, ElementType: types.StringType, MarkdownDescription: clientIDsDescription,
				Validators: []validator.List{listvalidator.NoNullValues(), listvalidator.ValueStringsAre(tfkit.GUID("client ID"))},
			},
		},
	}
}

// ValidateListResourceConfig checks what is known of the configuration.
func (l *sessionList) ValidateListResourceConfig(ctx context.Context, req list.ValidateConfigRequest, resp *list.ValidateConfigResponse) {
	var config listModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	config.validate(&resp.Diagnostics)
}

// List lists the App sessions, no more than Terraform asks for. Of another tenant that is out of reach there are none, with
// a warning. Where their contents are asked for, they are what an import leads to.
func (l *sessionList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config listModel
	diags := req.Config.Get(ctx, &config)
	config.validate(&diags) // what was unknown before
	var found []entra.Registration
	tenantID := ""
	if !diags.HasError() {
		tenantID = l.Provider.DataTenant(&config.TenantID, &diags)
	}
	if tenantID != "" {
		within, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		clientIDs, _ := tfkit.Members(config.ClientIDs)
		found, _ = look{
			l.Provider, tfkit.Failure{Summary: "Could not list the App sessions", TenantID: tenantID}, "Nothing of it is listed", &diags,
		}.list(within, config.choice, clientIDs, false)
	}
	if req.Limit > 0 && int64(len(found)) > req.Limit {
		found = found[:req.Limit]
	}
	stream.Results = func(push func(list.ListResult) bool) {
		if len(diags) > 0 && !push(list.ListResult{Diagnostics: diags}) {
			return
		}
		for result := range l.results(ctx, req, tenantID, found) {
			if !push(result) {
				return
			}
		}
	}
}

// readTogether is of how many sessions the contents are asked for at a time: enough to fill batches, and few enough to
// show the first of them soon.
const readTogether = 20

// results are the sessions as Terraform takes them. The contents are read as far as Terraform takes the results.
func (l *sessionList) results(ctx context.Context, req list.ListRequest, tenantID string, found []entra.Registration) iter.Seq[list.ListResult] {
	return func(push func(list.ListResult) bool) {
		for together := range slices.Chunk(found, readTogether) {
			results := make([]*list.ListResult, len(together))
			var all sync.WaitGroup
			for i, session := range together {
				all.Go(func() { results[i] = l.result(ctx, req, tenantID, session) })
			}
			all.Wait()
			for _, result := range results {
				if result != nil && !push(*result) {
					return
				}
			}
		}
	}
}

// result is one session; nil where it has gone since it was listed.
func (l *sessionList) result(ctx context.Context, req list.ListRequest, tenantID string, session entra.Registration) *list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = session.DisplayName
	result.Diagnostics.Append(result.Identity.Set(ctx, tfkit.RegistrationIdentity{
		TenantID: types.StringValue(tenantID), ClientID: types.StringValue(session.ClientID),
	})...)
	if !req.IncludeResource {
		return &result
	}
	read, err := appsession.Imported(ctx, l.Provider, tenantID, session, result.Resource)
	result.Diagnostics.Append(read...)
	switch {
	case errors.Is(err, entra.ErrNotFound):
		return nil
	case err != nil:
		failed := list.ListResult{}
		look{
			l.Provider, tfkit.Failure{Summary: fmt.Sprintf("Could not read the App session %q", session.DisplayName), TenantID: tenantID},
			"It is not listed", &failed.Diagnostics,
		}.failed(err)
		return &failed
	}
	return &result
}
