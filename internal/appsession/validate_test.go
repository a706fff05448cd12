package appsession

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	certificate := certificates()[0]
	const msGraph = "Microsoft Graph"
	application := func(names ...string) func(*model) { return permits(map[string]apiNames{msGraph: {application: names}}) }
	inApplication := path.Root("permissions").AtMapKey(msGraph).AtName("application")
	many := func(count int, name string) []string {
		names := make([]string, count)
		for i := range names {
			names[i] = fmt.Sprintf(name, i)
		}
		return names
	}
	for name, tt := range map[string]struct {
		change func(*model)
		path   path.Path
		says   []string // parts of the message; empty: there is none
	}{
		"good":                      {change: func(*model) {}},
		"name of 120 characters":    {change: func(m *model) { m.DisplayName = str(strings.Repeat("ü", 120)) }},
		"name of 121 characters":    {func(m *model) { m.DisplayName = str(strings.Repeat("ü", 121)) }, path.Root("display_name"), []string{"121", "1 to 120"}},
		"empty name":                {func(m *model) { m.DisplayName = str("") }, path.Root("display_name"), []string{"0 characters"}},
		"name with a space behind":  {func(m *model) { m.DisplayName = str("Jane ") }, path.Root("display_name"), []string{"white space", "Remove"}},
		"unknown name":              {change: func(m *model) { m.DisplayName = types.StringUnknown() }},
		"description too long":      {func(m *model) { m.Description = str(strings.Repeat("ä", 1025)) }, path.Root("description"), []string{"1025", "1024"}},
		"description of 1,024":      {change: func(m *model) { m.Description = str(strings.Repeat("ä", 1024)) }},
		"unique name with space":    {func(m *model) { m.UniqueName = str("my app") }, path.Root("unique_name"), []string{"white space", "dashes"}},
		"unique name too long":      {func(m *model) { m.UniqueName = str(strings.Repeat("a", 121)) }, path.Root("unique_name"), []string{"121"}},
		"empty unique name":         {func(m *model) { m.UniqueName = str("") }, path.Root("unique_name"), []string{"leave it out"}},
		"owner by name":             {func(m *model) { m.Owners = tfkit.SetOf([]string{"jane@contoso.com"}) }, path.Root("owners"), []string{"jane@contoso.com", "object ID"}},
		"too many owners":           {func(m *model) { m.Owners = tfkit.SetOf(many(101, "00000000-0000-4000-8000-%012d")) }, path.Root("owners"), []string{"101", "100"}},
		"no permissions":            {func(m *model) { m.Permissions = types.MapNull(tfkit.PermissionsType) }, path.Root("permissions"), []string{"permission_profile", "read_only"}},
		"empty permissions":         {permits(map[string]apiNames{msGraph: {application: []string{}}}), path.Root("permissions"), []string{"Name at least one"}},
		"permissions not known yet": {change: func(m *model) { m.Permissions = types.MapUnknown(tfkit.PermissionsType) }},
		"profile alone": {change: func(m *model) {
			m.Permissions, m.PermissionProfile = types.MapNull(tfkit.PermissionsType), str("read_only")
		}},
		"unknown profile":                  {func(m *model) { m.PermissionProfile = str("all") }, path.Root("permission_profile"), []string{"administration", "read_only"}},
		"misspelt API":                     {permits(map[string]apiNames{"Microsoft Grahp": {application: []string{"X"}}}), path.Root("permissions").AtMapKey("Microsoft Grahp"), []string{`Did you mean "Microsoft Graph"`}},
		"unknown API":                      {permits(map[string]apiNames{"Contoso Orders": {application: []string{"X"}}}), path.Root("permissions").AtMapKey("Contoso Orders"), []string{"Office 365 SharePoint Online", "application (client) ID"}},
		"malformed GUID of an API":         {permits(map[string]apiNames{"00000003-0000-0000-c000-00000000000": {application: []string{"X"}}}), path.Root("permissions").AtMapKey("00000003-0000-0000-c000-00000000000"), []string{"malformed GUID"}},
		"API twice":                        {permits(map[string]apiNames{msGraph: {application: []string{"User.Read.All"}}, "microsoft graph": {delegated: []string{"User.Read"}}}), path.Root("permissions").AtMapKey("microsoft graph"), []string{"same API"}},
		"delegated among application":      {application("Mail.Read.Shared"), inApplication, []string{`"Mail.Read.Shared" as a delegated permission only`, `Move it to the set "delegated"`}},
		"application among delegated":      {permits(map[string]apiNames{msGraph: {delegated: []string{"CallRecords.Read.All"}}}), path.Root("permissions").AtMapKey(msGraph).AtName("delegated"), []string{`Move it to the set "application"`}},
		"name not in the catalogue":        {change: application("Brand.New.Permission")},
		"permission with a space":          {application("User.Read.All Group.Read.All"), inApplication, []string{"one per element"}},
		"malformed GUID of a permission":   {application("df021288-bdef-4463-88db-98f22de8921"), inApplication, []string{"looks like a GUID"}},
		"too many permissions":             {application(many(401, "Permission.%d")...), path.Root("permissions"), []string{"401", "400"}},
		"both credentials":                 {func(m *model) { withSecret(180)(m); withCertificate(str(certificate.pem))(m) }, path.Root("client_secret"), []string{"remove the other"}},
		"validity of no day":               {withSecret(0), path.Root("client_secret").AtName("valid_days"), []string{"1 to 3650"}},
		"validity of eleven years":         {withSecret(4000), path.Root("client_secret").AtName("valid_days"), []string{"4000"}},
		"certificate":                      {change: withCertificate(str(certificate.pem))},
		"certificate not known yet":        {change: withCertificate(types.StringUnknown())},
		"private key":                      {withCertificate(str(certificate.pem + certificate.privateKeyPEM)), certificatePath, []string{"private key"}},
		"broken PEM":                       {withCertificate(str(certificate.pem[:200])), certificatePath, []string{"no certificate in any known encoding", "PEM"}},
		"broken base64":                    {withCertificate(str(certificate.base64()[:100])), certificatePath, []string{"no certificate in any known encoding"}},
		"hexadecimal of something else":    {withCertificate(str("00ff00ff")), certificatePath, []string{"no certificate in any known encoding"}},
		"empty certificate":                {withCertificate(str(" \n")), certificatePath, []string{"empty"}},
		"Exchange with a secret":           {func(m *model) { withSecret(180)(m); withExchange(defaultExchangeRole)(m) }, path.Root("exchange_online_powershell"), []string{"certificate"}},
		"Exchange of what may be imported": {change: withExchange(defaultExchangeRole)},
		"Exchange with an unknown secret": {change: func(m *model) {
			withExchange(defaultExchangeRole)(m)
			m.Certificate = types.ObjectUnknown(certificateTypes)
		}},
		"Exchange alone, no permissions": {change: func(m *model) {
			m.Permissions = types.MapNull(tfkit.PermissionsType)
			withCertificate(str(certificate.pem))(m)
			withExchange(defaultExchangeRole)(m)
		}},
		"Exchange with a role of no use": {func(m *model) { withCertificate(str(certificate.pem))(m); withExchange("Exchange Administrators")(m) }, path.Root("exchange_online_powershell").AtName("role"), []string{`Did you mean "Exchange Administrator"`, "Global Reader"}},
		"Exchange with a role to be known": {change: func(m *model) {
			withCertificate(str(certificate.pem))(m)
			m.Exchange = types.ObjectValueMust(exchangeTypes, map[string]attr.Value{"role": types.StringUnknown()})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			expectOne(t, configured(tt.change).validate(), tt.path, tt.says)
		})
	}
}

// expectOne expects one error at the path that says all parts, or none when there are no parts.
func expectOne(t *testing.T, diags diag.Diagnostics, at path.Path, says []string) {
	t.Helper()
	if len(says) == 0 {
		if len(diags) > 0 {
			t.Errorf("unexpected %v", diags)
		}
		return
	}
	if len(diags) != 1 {
		t.Fatalf("%d diagnostics: %v", len(diags), diags)
	}
	located, ok := diags[0].(diag.DiagnosticWithPath)
	if !ok || !located.Path().Equal(at) {
		t.Errorf("not at %s: %v", at, diags[0])
	}
	for _, part := range says {
		if !strings.Contains(diags[0].Detail(), part) {
			t.Errorf("the message lacks %q: %s", part, diags[0].Detail())
		}
	}
}

func TestValidateTooManyAPIs(t *testing.T) {
	t.Parallel()
	apis := map[string]apiNames{}
	for i := range 51 {
		apis[fmt.Sprintf("00000000-0000-4000-8000-%012d", i)] = apiNames{application: []string{"Read"}}
	}
	expectOne(t, configured(permits(apis)).validate(), path.Root("permissions"), []string{"51 APIs", "50"})
}

func TestValidateExpiry(t *testing.T) {
	t.Parallel()
	certificate := certificates()[0]
	m := configured(withCertificate(str(certificate.pem)))
	expectOne(t, m.validateExpiry(blank(), certificate.parsed.NotAfter().Add(-time.Second)), certificatePath, nil)
	expectOne(t, m.validateExpiry(blank(), certificate.parsed.NotAfter()), certificatePath,
		[]string{certificate.parsed.ThumbprintSHA1(), certificate.parsed.NotAfter().Format(time.RFC3339)})
}
