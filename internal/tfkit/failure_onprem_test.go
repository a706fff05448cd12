package tfkit

import (
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func TestOnPremFailureSaysWhatToDo(t *testing.T) {
	t.Parallel()
	definition := entra.ExtensionDefinition{
		ID: "definition-1", Targets: []string{"User"},
		ExtensionProperty: entra.ExtensionProperty{Name: entra.OnPremDomains.Name, DataType: "String"},
	}
	forbidden := &entra.GraphError{Kind: entra.ErrForbidden, Operation: "see", Status: 403, Needs: []string{"Organization.Read.All"}}
	for name, c := range map[string]struct {
		err  error
		says []string
		not  string
	}{
		"no application": {&entra.NoAppSessionError{ClientID: clientID}, []string{tenantID, clientID, "sapio365_app_session", "set tenant_id"}, ""},
		"no App session": {&entra.NotAppSessionError{ClientID: clientID, DisplayName: "Reporting"}, []string{
			`"Reporting"`, clientID, "lacks the tag sapio365:app-session", "imported",
		}, ""},
		"never hybrid": {&entra.NotSynchronisedError{TenantID: tenantID}, []string{
			"Tenant " + tenantID + " is not synchronised", "require_hybrid = false", "Entra Connect",
		}, "no longer"},
		"no longer hybrid": {&entra.NotSynchronisedError{TenantID: tenantID, Ended: true}, []string{"is no longer synchronised", "require_hybrid = false"}, ""},
		"may not see":      {&entra.UnknownSynchronisationError{Cause: forbidden}, []string{"Organization.Read.All", "require_hybrid = false"}, ""},
		"cannot see": {&entra.UnknownSynchronisationError{Cause: &entra.GraphError{Kind: entra.ErrUnavailable, Operation: "see"}}, []string{
			"did not answer properly",
		}, "require_hybrid"},
		"taken": {&entra.OnPremTakenError{ClientID: clientID, DisplayName: "Reporting"}, []string{
			"Nothing was changed", "to = sapio365_app_session_onprem.NAME", `id = "` + tenantID + "/" + clientID + `"`,
		}, ""},
		"other definition": {&entra.ExtensionMismatchError{ClientID: clientID, Wanted: entra.OnPremDomains, Definition: definition}, []string{
			"sapio365_onprem_domains is defined as a single String for objects of the kind User", "several values of the type String for objects of the kind Application",
			"extensionProperties/definition-1", "az rest --method DELETE",
		}, ""},
		"no service principal": {&entra.UnavailableExtensionsError{ClientID: clientID}, []string{clientID, "Apply the sapio365_app_session first"}, ""},
		"too long":             {&entra.ConnectionTooLongError{Index: 2, Length: 300}, []string{"Domain connection 3", "300", "256", "Shorten it"}, ""},
	} {
		text := Failure{Summary: "x", TenantID: tenantID, Err: c.err}.Diagnostics()[0].Detail()
		for _, part := range c.says {
			if !strings.Contains(text, part) {
				t.Errorf("%s lacks %q: %s", name, part, text)
			}
		}
		if c.not != "" && strings.Contains(text, c.not) {
			t.Errorf("%s says %q: %s", name, c.not, text)
		}
	}
}
