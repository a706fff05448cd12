package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// providerModel is the provider block as Terraform hands it over.
type providerModel struct {
	TenantID types.String `tfsdk:"tenant_id"`
	credentialModel
	Environment        types.String `tfsdk:"environment"`
	GraphEndpoint      types.String `tfsdk:"graph_endpoint"`
	LoginEndpoint      types.String `tfsdk:"login_endpoint"`
	CACertificatePath  types.String `tfsdk:"ca_certificate_path"`
	AccessEnforcement  types.String `tfsdk:"access_enforcement"`
	PermanentlyDelete  types.Bool   `tfsdk:"permanently_delete"`
	RecoverSoftDeleted types.Bool   `tfsdk:"recover_soft_deleted"`
	Tenants            types.Map    `tfsdk:"tenants"`
}

// credentialModel is who signs in: the provider, or in an entry of tenants somebody else.
type credentialModel struct {
	ClientID                       types.String `tfsdk:"client_id"`
	ClientSecret                   types.String `tfsdk:"client_secret"`
	ClientSecretFilePath           types.String `tfsdk:"client_secret_file_path"`
	ClientCertificate              types.String `tfsdk:"client_certificate"`
	ClientCertificatePath          types.String `tfsdk:"client_certificate_path"`
	ClientCertificatePassword      types.String `tfsdk:"client_certificate_password"`
	UseOIDC                        types.Bool   `tfsdk:"use_oidc"`
	OIDCToken                      types.String `tfsdk:"oidc_token"`
	OIDCTokenFilePath              types.String `tfsdk:"oidc_token_file_path"`
	OIDCRequestURL                 types.String `tfsdk:"oidc_request_url"`
	OIDCRequestToken               types.String `tfsdk:"oidc_request_token"`
	ADOPipelineServiceConnectionID types.String `tfsdk:"ado_pipeline_service_connection_id"`
	UseCLI                         types.Bool   `tfsdk:"use_cli"`
	UseMSI                         types.Bool   `tfsdk:"use_msi"`
	UseAKSWorkloadIdentity         types.Bool   `tfsdk:"use_aks_workload_identity"`
}

// values reads values, and notes the attributes whose values are not known yet.
type values struct {
	entry   string // of tenants; empty for the block itself
	unknown []string
}

func (v *values) text(name string, value types.String) *string {
	if value.IsUnknown() {
		v.unknown = append(v.unknown, attributeOf(v.entry, name))
		return nil
	}
	return value.ValueStringPointer()
}

func (v *values) flag(name string, value types.Bool) *bool {
	if value.IsUnknown() {
		v.unknown = append(v.unknown, attributeOf(v.entry, name))
		return nil
	}
	return value.ValueBoolPointer()
}

// configuration is the block in plain values, and the names of the attributes whose values are not known yet. Those of
// an entry of tenants stay with it: only that tenant has to wait.
func (m providerModel) configuration(ctx context.Context) (cfg Configuration, unknown []string) {
	v := &values{}
	cfg = m.credential(v)
	cfg.TenantID = v.text("tenant_id", m.TenantID)
	cfg.Environment = v.text("environment", m.Environment)
	cfg.GraphEndpoint = v.text("graph_endpoint", m.GraphEndpoint)
	cfg.LoginEndpoint = v.text("login_endpoint", m.LoginEndpoint)
	cfg.CACertificatePath = v.text("ca_certificate_path", m.CACertificatePath)
	cfg.AccessEnforcement = v.text("access_enforcement", m.AccessEnforcement)
	cfg.PermanentlyDelete = v.flag("permanently_delete", m.PermanentlyDelete)
	cfg.RecoverSoftDeleted = v.flag("recover_soft_deleted", m.RecoverSoftDeleted)
	if m.Tenants.IsUnknown() {
		v.unknown = append(v.unknown, "tenants")
	}
	cfg.Tenants = map[string]Configuration{}
	for name, value := range m.Tenants.Elements() {
		cfg.Tenants[name] = entryOf(ctx, name, value)
	}
	return cfg, v.unknown
}

// entryOf is an entry of tenants in plain values. An entry that is null has nothing in it.
func entryOf(ctx context.Context, name string, value attr.Value) Configuration {
	entry, ok := value.(types.Object)
	if !ok || entry.IsUnknown() {
		return Configuration{Unknown: []string{fmt.Sprintf("tenants[%q]", name)}}
	}
	var m credentialModel
	if !entry.IsNull() && entry.As(ctx, &m, basetypes.ObjectAsOptions{}).HasError() {
		panic("the entries of tenants are not of their schema")
	}
	v := &values{entry: name}
	cfg := m.credential(v)
	cfg.Unknown = v.unknown
	return cfg
}

func (m credentialModel) credential(v *values) Configuration {
	return Configuration{
		ClientID:                       v.text("client_id", m.ClientID),
		ClientSecret:                   v.text("client_secret", m.ClientSecret),
		ClientSecretFilePath:           v.text("client_secret_file_path", m.ClientSecretFilePath),
		ClientCertificate:              v.text("client_certificate", m.ClientCertificate),
		ClientCertificatePath:          v.text("client_certificate_path", m.ClientCertificatePath),
		ClientCertificatePassword:      v.text("client_certificate_password", m.ClientCertificatePassword),
		UseOIDC:                        v.flag("use_oidc", m.UseOIDC),
		OIDCToken:                      v.text("oidc_token", m.OIDCToken),
		OIDCTokenFilePath:              v.text("oidc_token_file_path", m.OIDCTokenFilePath),
		OIDCRequestURL:                 v.text("oidc_request_url", m.OIDCRequestURL),
		OIDCRequestToken:               v.text("oidc_request_token", m.OIDCRequestToken),
		ADOPipelineServiceConnectionID: v.text("ado_pipeline_service_connection_id", m.ADOPipelineServiceConnectionID),
		UseCLI:                         v.flag("use_cli", m.UseCLI),
		UseMSI:                         v.flag("use_msi", m.UseMSI),
		UseAKSWorkloadIdentity:         v.flag("use_aks_workload_identity", m.UseAKSWorkloadIdentity),
	}
}
