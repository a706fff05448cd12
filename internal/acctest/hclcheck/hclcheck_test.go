package hclcheck_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest/hclcheck"
	"github.com/sapio365/terraform-provider-sapio365/internal/provider"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	schemas, err := provider.Server("test")().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct{ configuration, says string }{
		"resource":           {"resource \"sapio365_app_session\" \"a\" {\n  display_name = \"a\"\n  client_secret = {}\n}\n", "formatted"},
		"good resource":      {"resource \"sapio365_app_session\" \"a\" {\n  display_name  = \"a\"\n  for_each      = {}\n  client_secret = {}\n}\n", ""},
		"syntax":             {"resource {", "configuration:1"},
		"missing":            {"resource \"sapio365_app_session\" \"a\" {\n}\n", "display_name is missing"},
		"computed":           {"resource \"sapio365_app_session\" \"a\" {\n  display_name = \"a\"\n  client_id    = \"b\"\n}\n", "client_id cannot be set"},
		"nested":             {"resource \"sapio365_app_session\" \"a\" {\n  display_name  = \"a\"\n  client_secret = { days = 1 }\n}\n", "client_secret: days cannot be set"},
		"nested in a map":    {"resource \"sapio365_app_session\" \"a\" {\n  display_name = \"a\"\n  permissions  = { \"Microsoft Graph\" = { app = [] } }\n}\n", "permissions: app cannot be set"},
		"nested in a list":   {"resource \"sapio365_app_session_onprem\" \"a\" {\n  app_session_id     = \"a\"\n  domain_connections = [{ username = \"a\" }]\n}\n", "domain is missing"},
		"type":               {"data \"sapio365_session\" \"a\" {\n}\n", "no such type"},
		"import":             {"import {\n  id = \"a\"\n}\n", "to is missing"},
		"removed":            {"removed {\n  from    = a.b\n  destroy = false\n}\n", "destroy cannot be set"},
		"list":               {"list \"sapio365_app_session\" \"a\" {\n  provider = sapio365\n  config {\n    name = \"a\"\n  }\n}\n", "name cannot be set"},
		"list outside":       {"list \"sapio365_app_session\" \"a\" {\n  tenant_id = \"a\"\n}\n", "tenant_id cannot be set"},
		"good list":          {"list \"sapio365_app_session\" \"a\" {\n  provider         = sapio365\n  include_resource = true\n}\n", ""},
		"action":             {"action \"sapio365_rotate_secret\" \"a\" {\n  config {\n  }\n}\n", "client_id is missing"},
		"what others define": {"resource \"azuread_application\" \"a\" {\n  display_name = \"a\"\n}\n", ""},
		"ephemeral":          {"ephemeral \"sapio365_certificate\" \"a\" {\n}\n", "common_name is missing"},
		"provider":           {"provider \"sapio365\" {\n  tenant = \"a\"\n}\n", "tenant cannot be set"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := hclcheck.Check(schemas, tt.configuration)
			if tt.says == "" && err != nil || tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)) {
				t.Error(err)
			}
		})
	}
	if types := hclcheck.Types("list \"a\" \"b\" {\n}\ndata \"c\" \"d\" {\n}\n", "list"); len(types) != 1 || types[0] != "a" {
		t.Errorf("types %v", types)
	}
}
