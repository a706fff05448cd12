package acctest

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

// callerKind is whom the provider signs in as in emulated tenants: callerOwnedBy or callerAll; empty for the emulator's
// administrator, who holds more than the provider needs.
var callerKind = os.Getenv("SAPIO365_ACC_CALLER")

const (
	callerOwnedBy = "owned_by"
	callerAll     = "all"
)

// beside are the permissions of either caller that those on applications cannot give.
var beside = []string{
	"Directory.Read.All", "AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All",
	"RoleManagement.ReadWrite.Directory", "Policy.Read.All",
}

var callers = map[string][]string{
	callerOwnedBy: append(slices.Clone(beside), "Application.ReadWrite.OwnedBy"),
	callerAll:     append(slices.Clone(beside), "Application.ReadWrite.All"),
}

// administratorOf makes the identity of the kind that the provider signs in as.
func administratorOf(t *emulator.Tenant, kind string) (emulator.Identity, error) {
	if kind == "" {
		return t.Admin(), nil
	}
	permissions, ok := callers[kind]
	if !ok {
		return emulator.Identity{}, fmt.Errorf("SAPIO365_ACC_CALLER is %q: set it to %s or %s, or leave it out", kind, callerOwnedBy, callerAll)
	}
	return t.Caller("Administrator "+kind, permissions...)
}

// MayManageAllApplications tells whether the provider may manage other applications than its own, and their owners.
func MayManageAllApplications() bool { return existingID != "" || callerKind != callerOwnedBy }

// NeedsAllApplications skips the test where the provider may manage its own applications only, for the reason.
func NeedsAllApplications(t testing.TB, reason string) {
	t.Helper()
	if !MayManageAllApplications() {
		t.Skip("needs Application.ReadWrite.All: " + strings.TrimSuffix(reason, "."))
	}
}
