package terraformcli_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// remains are what a tenant holds of the workspace's sessions.
type remains struct {
	applications, principals []map[string]any
	consents, grants, roles  int
	bin                      int // deleted applications
	clientID, tags           string
	secrets, keys            []string // their key ids
	finished                 bool
}

// look reads the tenant as the portal would.
func (w workspace) look(t testing.TB) remains {
	t.Helper()
	var r remains
	for _, application := range w.list(t, "/applications") {
		if application["appId"] != w.tenant.Admin().ClientID {
			r.applications = append(r.applications, application)
		}
	}
	for _, principal := range w.list(t, "/servicePrincipals?$select=id,appId,servicePrincipalType,appOwnerOrganizationId") {
		if principal["appOwnerOrganizationId"] == w.tenant.ID() && principal["appId"] != w.tenant.Admin().ClientID {
			r.principals = append(r.principals, principal)
			r.consents += len(w.list(t, fmt.Sprintf("/servicePrincipals/%s/appRoleAssignments?$top=999", principal["id"])))
		}
	}
	r.grants = len(w.list(t, "/oauth2PermissionGrants"))
	r.roles = len(w.list(t, "/roleManagement/directory/roleAssignments"))
	r.bin = len(w.list(t, "/directory/deletedItems/microsoft.graph.application"))
	if len(r.applications) > 0 {
		r.describe(r.applications[0])
	}
	return r
}

func (r *remains) describe(application map[string]any) {
	r.clientID = fmt.Sprint(application["appId"])
	r.tags = fmt.Sprint(application["tags"])
	r.secrets, r.keys = keyIDs(application["passwordCredentials"]), keyIDs(application["keyCredentials"])
	r.finished = r.tags == "["+entra.TagAppSession+"]"
}

func keyIDs(credentials any) []string {
	all, _ := credentials.([]any)
	ids := make([]string, len(all))
	for i, one := range all {
		credential, _ := one.(map[string]any)
		ids[i] = fmt.Sprint(credential["keyId"])
	}
	return ids
}

// String is a short inventory.
func (r remains) String() string {
	var parts []string
	count := func(n int, one, many string) {
		switch {
		case n == 1:
			parts = append(parts, one)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", n, many))
		}
	}
	application := "unfinished application"
	if r.finished {
		application = "finished application"
	}
	count(len(r.applications), application, "applications")
	count(len(r.principals), "service principal", "service principals")
	count(len(r.secrets), "secret", "secrets")
	count(len(r.keys), "certificate", "certificates")
	count(r.consents, "1 app role", "app roles")
	count(r.grants, "1 delegated grant", "delegated grants")
	count(r.roles, "1 directory role", "directory roles")
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}

// instance is a session in the state.
type instance struct {
	Status     string // tainted, or empty
	Attributes struct {
		ClientID  string `json:"client_id"`
		Secret    string `json:"client_secret_key_id"`
		Unmanaged int    `json:"unmanaged_credentials"`
	}
}

// state lists the sessions in the state.
func (w workspace) state(t testing.TB) []instance {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(w.Directory, "terraform.tfstate"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var state struct {
		Resources []struct{ Instances []instance }
	}
	if err == nil {
		err = json.Unmarshal(content, &state)
	}
	if err != nil {
		t.Fatal(err)
	}
	var all []instance
	for _, resource := range state.Resources {
		all = append(all, resource.Instances...)
	}
	return all
}

// outcome is what an apply said.
type outcome struct {
	add, change, remove int
	errors              []string
}

// apply applies, with the expected exit code.
func (w workspace) apply(t testing.TB, expected int) outcome {
	t.Helper()
	out, err := w.Run(t.Context(), expected, "apply", "-auto-approve", "-json")
	if err != nil {
		t.Fatal(err)
	}
	var o outcome
	for line := range strings.Lines(out) {
		var message struct {
			Type       string
			Changes    struct{ Add, Change, Remove int }
			Diagnostic struct{ Severity, Detail string }
		}
		if err := json.Unmarshal([]byte(line), &message); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		switch {
		case message.Type == "change_summary": // of the plan, then of the apply
			o.add, o.change, o.remove = message.Changes.Add, message.Changes.Change, message.Changes.Remove
		case message.Diagnostic.Severity == "error":
			o.errors = append(o.errors, message.Diagnostic.Detail)
		}
	}
	return o
}
