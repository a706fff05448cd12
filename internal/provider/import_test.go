package provider_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const (
	ownTenant      = "11111111-2222-3333-4444-555555555555"
	anotherTenant  = "99999999-8888-7777-6666-555555555555"
	registrationID = "abcdef01-2222-4333-8444-555555555555"
	principalID    = "fedcba01-2222-4333-8444-555555555555"
)

// importable says what identifies each type of resource, beside the tenant: in this order it makes the import ID.
var importable = map[string]struct {
	keys     []string
	identity map[string]string
	says     string // of another identity
}{
	"sapio365_app_session":        {[]string{"client_id"}, map[string]string{"client_id": registrationID}, "TENANT_ID/CLIENT_ID"},
	"sapio365_app_session_onprem": {[]string{"client_id"}, map[string]string{"client_id": registrationID}, "TENANT_ID/CLIENT_ID"},
	"sapio365_access_roles":       {[]string{"client_id"}, map[string]string{"client_id": registrationID}, "TENANT_ID/CLIENT_ID"},
	"sapio365_access_role_assignment": {
		[]string{"access_roles_id", "principal_id", "role"},
		map[string]string{"access_roles_id": registrationID, "principal_id": principalID, "role": "General Manager"},
		"ACCESS_ROLES_ID/PRINCIPAL_ID/ROLE NAME",
	},
}

// Every resource is imported by its import ID with or without the tenant, or by its identity, which it then has in lower
// case.
func TestEveryResourceIsImported(t *testing.T) {
	t.Parallel()
	identities, err := server().GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name := range schemas(t).ResourceSchemas {
		kind, known := importable[name]
		schema := identities.IdentitySchemas[name]
		if !known || schema == nil {
			t.Errorf("%s has no identity, or the test does not know it", name)
			continue
		}
		var parts []string
		for _, key := range kind.keys {
			value := kind.identity[key]
			if key != "role" {
				value = strings.ToUpper(value)
			}
			parts = append(parts, value)
		}
		id := strings.Join(parts, "/")
		withTenant := maps.Clone(kind.identity)
		withTenant["tenant_id"] = strings.ToUpper(anotherTenant)
		for form, tt := range map[string]struct {
			request tfprotov6.ImportResourceStateRequest
			tenant  string
			says    string
		}{
			"import ID":                           {tfprotov6.ImportResourceStateRequest{ID: id}, ownTenant, ""},
			"import ID with a tenant":             {tfprotov6.ImportResourceStateRequest{ID: anotherTenant + "/" + id}, anotherTenant, ""},
			"identity":                            {tfprotov6.ImportResourceStateRequest{Identity: identityOf(t, schema, kind.identity)}, ownTenant, ""},
			"identity with a tenant":              {tfprotov6.ImportResourceStateRequest{Identity: identityOf(t, schema, withTenant)}, anotherTenant, ""},
			"import ID of something else":         {tfprotov6.ImportResourceStateRequest{ID: "sapio365 - Jane"}, "", kind.says},
			"import ID in a tenant by its domain": {tfprotov6.ImportResourceStateRequest{ID: "contoso.com/" + id}, "", kind.says},
			"identity in a tenant by its domain": {tfprotov6.ImportResourceStateRequest{Identity: identityOf(t, schema,
				with(kind.identity, "tenant_id", "contoso.com"))}, "", kind.says},
			"identity that is none": {tfprotov6.ImportResourceStateRequest{Identity: identityOf(t, schema,
				with(kind.identity, kind.keys[0], "Jane"))}, "", kind.says},
		} {
			t.Run(name+", "+form, func(t *testing.T) {
				t.Parallel()
				tt.request.TypeName = name
				imported := imports(t, &tt.request)
				if tt.says != "" {
					if len(imported.Diagnostics) != 1 || !strings.Contains(imported.Diagnostics[0].Detail, tt.says) {
						t.Errorf("diagnostics %v", imported.Diagnostics)
					}
					return
				}
				if len(imported.ImportedResources) != 1 {
					t.Fatalf("diagnostics %v", imported.Diagnostics)
				}
				want := with(kind.identity, "tenant_id", tt.tenant)
				if got := read(t, schema, imported.ImportedResources[0].Identity); !maps.Equal(got, want) {
					t.Errorf("the identity is %v", got)
				}
			})
		}
	}
}

func with(all map[string]string, key, value string) map[string]string {
	all = maps.Clone(all)
	all[key] = value
	return all
}

func imports(t *testing.T, request *tfprotov6.ImportResourceStateRequest) *tfprotov6.ImportResourceStateResponse {
	t.Helper()
	s, _ := configure(t, false, map[string]tftypes.Value{
		"tenant_id": tftypes.NewValue(tftypes.String, ownTenant), "client_id": tftypes.NewValue(tftypes.String, registrationID),
		"client_secret": tftypes.NewValue(tftypes.String, "secret"), "use_cli": tftypes.NewValue(tftypes.Bool, false),
	})
	resp, err := s.ImportResourceState(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// identityOf is an identity of these attributes; the others are null.
func identityOf(t *testing.T, schema *tfprotov6.ResourceIdentitySchema, set map[string]string) *tfprotov6.ResourceIdentityData {
	t.Helper()
	object, values := schema.ValueType(), map[string]tftypes.Value{}
	for _, a := range schema.IdentityAttributes {
		values[a.Name] = tftypes.NewValue(tftypes.String, nil)
	}
	for name, value := range set {
		values[name] = tftypes.NewValue(tftypes.String, value)
	}
	data, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		t.Fatal(err)
	}
	return &tfprotov6.ResourceIdentityData{IdentityData: &data}
}

func read(t *testing.T, schema *tfprotov6.ResourceIdentitySchema, data *tfprotov6.ResourceIdentityData) map[string]string {
	t.Helper()
	value, err := data.IdentityData.Unmarshal(schema.ValueType())
	if err != nil {
		t.Fatal(err)
	}
	var attributes map[string]tftypes.Value
	if err := value.As(&attributes); err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for name, attribute := range attributes {
		var text string
		if err := attribute.As(&text); err != nil {
			t.Fatal(err)
		}
		texts[name] = text
	}
	return texts
}
