package onprem

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var limits = tfkit.Timeouts{Create: 15 * time.Minute, Read: 5 * time.Minute, Update: 15 * time.Minute, Delete: 10 * time.Minute}

// Schema describes the resource.
func (r *onpremResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The on-premises settings of an App session: its connections to Active Directory domains, the server of Microsoft " +
			"Entra Connect, and how users are matched. They are recorded as directory extensions on the session's own application, so that " +
			"they are declared, reviewed and readable in one place.\n\n" +
			"Ytria's pages do not say that sapio365 reads these settings from Microsoft Entra ID: they are the record of what is to be " +
			"entered there. No attribute takes a password.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{Computed: true, MarkdownDescription: "The same as `app_session_id`, in lower case."},
			"app_session_id": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "Client ID of the App session, for example `sapio365_app_session.hybrid.client_id`. A session has one set of " +
					"settings. Changing it writes the settings to the other session and removes them from this one.",
				Validators: []validator.String{tfkit.GUID("client ID of an App session")},
			},
			"tenant_id": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: tfkit.AboutTenant(" that the App session is in") +
					" Where the session has a `tenant_id`, it is the same.",
				Validators: []validator.String{tfkit.TenantID()},
			},
			connectionsName: connectionsAttribute(),
			connectServerKey: schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Name of the server that runs Microsoft Entra Connect, for example `sync01.corp.contoso.com` or `SYNC01`. " +
					"Left out, none is recorded.",
			},
			"use_consistency_guid": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(defaultGUID),
				MarkdownDescription: "Whether users are matched by `ms-DS-ConsistencyGuid` instead of `objectGUID`. Default `false`.",
			},
			"require_hybrid": schema.BoolAttribute{
				Optional: true, Computed: true, Default: booldefault.StaticBool(defaultHybrid),
				MarkdownDescription: "Whether to refuse a tenant that is not synchronised with an on-premises Active Directory " +
					"(`onPremisesSyncEnabled`). It is looked at when something is written. Default `true`.",
			},
			"timeouts": limits.Attribute(ctx),
		},
	}
}

func connectionsAttribute() schema.Attribute {
	return schema.ListNestedAttribute{
		Required: true,
		MarkdownDescription: fmt.Sprintf("Connections to Active Directory domains, 1 to %d, in order: later ones override earlier ones. Each is "+
			"stored as one value of at most %d characters.", entra.MaxConnections, entra.MaxExtensionValue),
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			domainName: schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "DNS name of the domain, for example `corp.contoso.com`. Each domain once, whatever its case.",
			},
			controllerName: schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "DNS name of a domain controller, for example `dc1.corp.contoso.com`. Only the first connection may leave it " +
					"out: sapio365 then uses the domain controller of the computer that it runs on.",
			},
			usernameName: schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Name of the account, for example `CONTOSO\\svc-sapio365`. Never its password. Left out, none is recorded.",
			},
			credentialName: schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "URI of the secret in a vault that holds the account's password, for example " +
					"`https://contoso.vault.azure.net/secrets/svc-sapio365`. Only the reference is stored. Left out, none is.",
			},
		}},
	}
}

// IdentitySchema describes what identifies the settings in an import.
func (r *onpremResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = tfkit.RegistrationIdentitySchema()
}
