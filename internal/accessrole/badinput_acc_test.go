package accessrole_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
)

const anyID = "11111111-2222-3333-4444-555555555555"

// badInput is a block that must be refused.
type badInput struct {
	name  string // of the block, which begins with its type
	lines []string
	line  string // how the line of the configuration begins that Terraform must show
	says  string // regular expression of what the error must say: the attribute, what is wrong, what to do
}

// assignmentWith are the lines of an assignment that is good but for one.
func assignmentWith(attribute, value string) []string {
	good := map[string]string{"access_roles_id": anyID, "role": "General Manager", "principal_id": anyID}
	good[attribute] = value
	var lines []string
	for name, text := range good {
		lines = append(lines, fmt.Sprintf("%s = %q", name, text))
	}
	return lines
}

func owners(n int) string {
	var ids []string
	for i := range n {
		ids = append(ids, fmt.Sprintf("\"11111111-2222-3333-4444-%012d\"", i))
	}
	return "owners = [" + strings.Join(ids, ", ") + "]"
}

var badInputs = []badInput{
	{"sapio365_access_roles.name_empty", []string{`display_name = ""`}, "display_name", `display_name has 0 characters\. Give it 1 to 120`},
	{"sapio365_access_roles.name_long", []string{`display_name = "` + strings.Repeat("ä", 121) + `"`}, "display_name",
		`display_name has 121 characters\. Give it 1 to 120`},
	{"sapio365_access_roles.name_blank", []string{`display_name = " Roles"`}, "display_name", `display_name " Roles" begins or ends with white space.* Remove it`},
	{"sapio365_access_roles.tenant_malformed", []string{`tenant_id = "1234"`}, "tenant_id", `"1234" is not a GUID.* 8-4-4-4-12`},
	{"sapio365_access_roles.tenant_domain", []string{`tenant_id = "contoso.com"`}, "tenant_id", `"contoso\.com" is not a GUID\. A domain name`},
	{"sapio365_access_roles.owner_malformed", []string{`owners = ["jane@contoso.com"]`}, "owners", `"jane@contoso\.com" in owners is not a GUID\. Give the object ID`},
	{"sapio365_access_roles.owners_many", []string{owners(101)}, "owners", `owners has 101 members\. .* allows 100`},
	{"sapio365_access_roles.owners_null", []string{`owners = [null]`}, "owners", `contains a null value`},

	{"sapio365_access_role_assignment.role_misspelt", assignmentWith("role", "General manager"), "role",
		`role is "General manager", which is not one of sapio365's access roles\. Did you mean "General Manager"\? Use one of: Access App sessions, Can elevate`},
	{"sapio365_access_role_assignment.role_unknown", assignmentWith("role", "Owner"), "role",
		`role is "Owner", which is not one of sapio365's access roles\. Use one of: .*Enforced logout`},
	{"sapio365_access_role_assignment.role_empty", assignmentWith("role", ""), "role", `role is "", .* Use one of`},
	{"sapio365_access_role_assignment.principal_name", assignmentWith("principal_id", "jane@contoso.com"), "principal_id",
		`principal_id is "jane@contoso\.com", which is not a GUID\. Give the object ID of a user, a group or a service principal, not a user name`},
	{"sapio365_access_role_assignment.register_name", assignmentWith("access_roles_id", "sapio365-access-roles"), "access_roles_id",
		`access_roles_id is "sapio365-access-roles", which is not a GUID\. Give the client ID of the register, for example sapio365_access_roles\.this\.id`},
	{"sapio365_access_role_assignment.tenant_malformed", append(assignmentWith("role", "General Manager"), `tenant_id = "contoso.com"`), "tenant_id",
		`"contoso\.com" is not a GUID\. A domain name`},
	{"data.sapio365_access_roles.tenant_malformed", []string{`tenant_id = "1234"`}, "tenant_id", `"1234" is not a GUID`},
}

// What a configuration says wrong on its own is told without a look at the tenant.
func TestAccAccessRoles_badInput(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	var config strings.Builder
	config.WriteString(s.Provider())
	for _, row := range badInputs {
		kind, name, _ := strings.Cut(strings.TrimPrefix(row.name, "data."), ".")
		head := fmt.Sprintf("resource %q %q", kind, name)
		if strings.HasPrefix(row.name, "data.") {
			head = fmt.Sprintf("data %q %q", kind, name)
		}
		config.WriteString(block(head, row.lines))
	}
	refusals := acctest.Refused(t, resource.TestStep{Config: config.String(), PlanOnly: true})
	if requests := s.Requests(); len(requests) > 0 {
		t.Errorf("the tenant was asked: %v", requests)
	}
	for _, row := range badInputs {
		t.Run(row.name, func(t *testing.T) {
			about := slices.DeleteFunc(slices.Clone(refusals), func(refusal string) bool {
				return !strings.Contains(refusal, " with "+row.name+",")
			})
			pattern := regexp.MustCompile(` \d+: ` + regexp.QuoteMeta(row.line) + `.*` + row.says)
			if !slices.ContainsFunc(about, pattern.MatchString) {
				t.Errorf("no error matches %s:\n%s", pattern, strings.Join(about, "\n"))
			}
		})
	}
}

// What an import ID says wrong is told as well.
func TestAccAccessRoleAssignment_badImport(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	config := s.Provider() + roles() + holder("test", "General Manager", s.User(t, "Nadia"))
	steps := []resource.TestStep{{Config: config}}
	for id, says := range map[string]string{
		"General Manager": `no\s+import\s+ID\s+of\s+an\s+access\s+role\s+assignment.*TENANT_ID/ACCESS_ROLES_ID/PRINCIPAL_ID/ROLE\s+NAME`,
		anyID + "/jane@contoso.com/General Manager":         `no\s+import\s+ID\s+of\s+an\s+access\s+role`,
		anyID + "/" + anyID + "/General manager":            `Did\s+you\s+mean\s+"General\s+Manager"`,
		anyID + "/" + anyID + "/" + anyID + "/x/General":    `no\s+import\s+ID\s+of\s+an\s+access\s+role`,
		anyID + "/" + anyID + "/General Manager":            `does\s+not\s+have\s+the\s+access\s+role\s+"General\s+Manager"`,
		anyID + "/" + anyID + "/" + anyID + "/Manager none": `(?s)not\s+one\s+of\s+sapio365's\s+access\s+roles`,
	} {
		steps = append(steps, resource.TestStep{
			Config: config, ResourceName: assignmentAddress, ImportState: true, ImportStateId: id,
			ExpectError: regexp.MustCompile(`(?s)` + says),
		})
	}
	s.run(steps...)
}
