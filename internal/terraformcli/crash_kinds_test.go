package terraformcli_test

import (
	"fmt"
	"net/http"
	"testing"
)

// sessionKind is a session whose commands are killed.
type sessionKind struct {
	name string
	// always is set for those that are killed also where time is short.
	always bool
	// resource is what takes the place of NAME in an import block.
	resource string
	// configuration is that of the session, and changed another one for an update; nil for none.
	configuration, changed func(testing.TB, workspace) string
	// has is what the configuration asks for, hasChanged what the changed one does, and hasImported what an import leads
	// to after a crash has lost the value of the secret: that one is nobody's then.
	has, hasChanged, hasImported credentials
}

// credentials are the numbers of them on an application.
type credentials struct{ secrets, keys, unmanaged int }

const (
	small = `{ "Microsoft Graph" = { application = ["User.Read.All", "Group.Read.All"], delegated = ["User.Read"] } }`
	other = `{ "Microsoft Graph" = { application = ["User.Read.All", "AuditLog.Read.All"], delegated = ["User.Read", "Mail.Read"] } }`

	withCertificate = "certificate = { value = file(\"certificate.pem\") }\n  exchange_online_powershell = {}"
)

var (
	oneSecret = credentials{secrets: 1}
	oneKey    = credentials{keys: 1}
	// lostSecret is what an import finds of a session whose secret nobody knows. The default is no order for another.
	lostSecret = credentials{secrets: 1, unmanaged: 1}
)

// sessionKinds are the rows' order too.
var sessionKinds = []sessionKind{
	{
		name: "secret", always: true, resource: "session", has: oneSecret, hasChanged: oneKey, hasImported: lostSecret,
		configuration: written("permissions = " + small),
		changed:       written("permissions = "+other, withCertificate),
	},
	{
		name: "reference", always: true, resource: "reference[0]", has: oneKey, hasImported: oneKey,
		configuration: func(testing.TB, workspace) string { return referenceSession(1) },
	},
	{
		name: "rotation", resource: "session", has: oneSecret, hasChanged: credentials{secrets: 2}, hasImported: credentials{secrets: 2, unmanaged: 1},
		configuration: written("permissions = "+small, "client_secret = { valid_days = 90 }"),
		// Another recipient has the secret followed by a new one at once.
		changed: written("permissions = "+small, `client_secret = { sealed_to = "age1pqtzyq8fs6jstj5mma4q2dpmntc5qstkav9dxflxzq4uff6fa3eqhu0w8p" }`),
	},
	{
		name: "certificate", resource: "session", has: oneKey, hasChanged: oneSecret, hasImported: oneKey,
		configuration: written("permissions = "+other, withCertificate),
		changed:       written("permissions = " + small),
	},
	{
		name: "client_secret = {}", resource: "session", has: oneSecret, hasImported: credentials{secrets: 2, unmanaged: 1},
		configuration: written("permissions = "+small, "client_secret = {}"),
	},
	{
		name: "owners", resource: "session", has: oneSecret, hasImported: lostSecret, configuration: owned,
	},
	{
		name: "admin_consent = false", resource: "session", has: oneSecret, hasImported: lostSecret,
		configuration: written("permissions = "+small, "admin_consent = false"),
	},
	{
		name: "unique_name", resource: "session", has: oneKey, hasImported: oneKey,
		configuration: written("permissions = "+small, `unique_name = "crash"`, withCertificate),
	},
}

// written is a session with these arguments.
func written(arguments ...string) func(testing.TB, workspace) string {
	body := "  display_name = \"Crash\"\n"
	for _, argument := range arguments {
		body += "  " + argument + "\n"
	}
	text := withProvider("resource \"sapio365_app_session\" \"session\" {\n" + body + "}\n")
	return func(testing.TB, workspace) string { return text }
}

// owned is a session with owners, which it makes.
func owned(t testing.TB, w workspace) string {
	t.Helper()
	var ids string
	for _, name := range []string{"jane", "john"} {
		user := w.do(t, http.MethodPost, "/users", map[string]any{
			"displayName": name, "accountEnabled": true, "mailNickname": name,
			"userPrincipalName": name + "@" + w.tenant.Domain(),
			"passwordProfile":   map[string]any{"password": "Correct-horse-8"},
		})
		ids += fmt.Sprintf("%q, ", user["id"])
	}
	return written("permissions = "+small, "owners = ["+ids+"]")(t, w)
}
