package onprem

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var connectionsPath = path.Root(connectionsName)

// problems collects what is wrong with a configuration. Each text begins with the path, because Terraform shows no line
// for what lies deep in a list.
type problems struct{ diags diag.Diagnostics }

// add says what is wrong with the attribute at the path, in words that follow its name, and what to do.
func (p *problems) add(at path.Path, summary, format string, args ...any) {
	p.diags.AddAttributeError(at, summary, at.String()+" "+fmt.Sprintf(format, args...))
}

// validate checks what a configuration says on its own. Unknown values pass: they are checked again when they are known.
func (m model) validate() diag.Diagnostics {
	p := &problems{}
	p.checkConnections(m.Connections.Elements(), m.Connections.IsUnknown())
	if server := m.ConnectServer; tfkit.IsSet(server) {
		if err := entra.CheckHostName(server.ValueString()); err != nil {
			p.add(path.Root(connectServerKey), "Not the name of a server",
				"%v. Give the name of the server that runs Microsoft Entra Connect, for example sync01.corp.contoso.com.", err)
		}
	}
	return p.diags
}

func (p *problems) checkConnections(connections []attr.Value, unknown bool) {
	switch {
	case unknown:
		return
	case len(connections) == 0:
		p.add(connectionsPath, "No domain connections", "is empty. Give at least one connection, or remove the resource.")
	case len(connections) > entra.MaxConnections:
		p.add(connectionsPath, "Too many domain connections", "has %d connections. Remove %d: a session can have %d.",
			len(connections), len(connections)-entra.MaxConnections, entra.MaxConnections)
	}
	first := map[string]int{} // by domain, in lower case
	for i, connection := range connections {
		at := connectionsPath.AtListIndex(i)
		if connection.IsNull() {
			p.add(at, "Domain connection missing", "is null. Give its domain, or remove it.")
			continue
		}
		p.checkNames(at, i, connection)
		p.checkUsername(at.AtName(usernameName), text(connection, usernameName))
		p.checkCredential(at.AtName(credentialName), text(connection, credentialName))
		p.checkLength(at, i, connection)
		domain := text(connection, domainName)
		earlier, twice := first[strings.ToLower(domain.ValueString())]
		switch {
		case !tfkit.IsSet(domain):
		case twice:
			p.add(at.AtName(domainName), "Domain twice", "is %q, the domain of %s as well. Each domain can have one connection: remove one of the two.",
				domain.ValueString(), connectionsPath.AtListIndex(earlier))
		default:
			first[strings.ToLower(domain.ValueString())] = i
		}
	}
}

func (p *problems) checkNames(at path.Path, i int, connection attr.Value) {
	domain, controller := text(connection, domainName), text(connection, controllerName)
	if tfkit.IsSet(domain) {
		if err := entra.CheckDNSName(domain.ValueString()); err != nil {
			p.add(at.AtName(domainName), "Not a DNS name",
				"%v. Give the DNS name of the Active Directory domain, for example corp.contoso.com.", err)
		}
	}
	switch {
	case tfkit.IsSet(controller):
		if err := entra.CheckDNSName(controller.ValueString()); err != nil {
			p.add(at.AtName(controllerName), "Not a DNS name",
				"%v. Give the full DNS name of the domain controller, for example dc1.corp.contoso.com.", err)
		}
	case controller.IsNull() && i > 0:
		p.add(at.AtName(controllerName), "Domain controller missing",
			"is not set. Only the first connection may leave it out. Give the DNS name of a domain controller of this domain, for example dc1.%s.",
			orExample(domain.ValueString()))
	}
}

func orExample(domain string) string {
	if entra.CheckDNSName(domain) != nil {
		return "corp.contoso.com"
	}
	return domain
}

// asPassword is what gives a password away that stands beside a name.
var asPassword = regexp.MustCompile(`(?i)(pass(word|wd|phrase)?|pwd|secret|token)\s*[=:]`)

// windowsName is an account with or without its Windows domain, in the characters that Windows allows in a name. It also
// allows white space and %, but not here behind the domain: a password may be what follows them.
var windowsName = regexp.MustCompile(`^([^"/\\\[\]:;|=,+*?<>@\pC]+\\)?[^"/\\\[\]:;|=,+*?<>@%\s\pZ\pC]+$`)

// isAccount tells whether it is the name of an account and nothing else: DOMAIN\name, name@domain or name.
func isAccount(username string) bool {
	name, domain, principal := strings.Cut(username, "@")
	if principal && (strings.Contains(name, `\`) || entra.CheckDNSName(domain) != nil) {
		return false
	}
	return windowsName.MatchString(name)
}

// checkUsername refuses what is more than a name. The texts never repeat the value: it may hold a secret.
func (p *problems) checkUsername(at path.Path, value types.String) {
	const remedy = "Give the account alone, for example CONTOSO\\svc-sapio365 or svc-sapio365@contoso.com. A password is never stored: put it " +
		"into a vault and name the secret in credential_secret_id. If it is a real one, change it, for the configuration may have been stored."
	username := value.ValueString()
	switch {
	case !tfkit.IsSet(value):
	case strings.TrimSpace(username) == "":
		p.add(at, "Empty user name", "is empty. Give the name of the account, or leave it out.")
	case asPassword.MatchString(username):
		p.add(at, "Password in the user name", "seems to hold a password. %s", remedy)
	case !isAccount(username):
		p.add(at, "Not a user name", "is not the name of an account alone, as DOMAIN\\name, name@domain or name: it has other parts, or characters "+
			"that no such name has, such as white space, a colon or %%. %s", remedy)
	}
}

// harmless are the parameters that the address of a secret may have, and what they may be.
var harmless = map[string]*regexp.Regexp{
	"version":     regexp.MustCompile(`^[0-9A-Za-z.-]+$`),
	"api-version": regexp.MustCompile(`^[0-9A-Za-z.-]+$`),
	"namespace":   secretPath,
}

// secretPath are the characters that vaults have in the paths of secrets. Many passwords have others.
var secretPath = regexp.MustCompile(`^[0-9A-Za-z._~/-]+$`)

// Where Azure Key Vault has its secrets, in all clouds.
var (
	vaultHost = regexp.MustCompile(`(?i)\.vault\.(azure\.net|azure\.cn|usgovcloudapi\.net)$`)
	vaultPath = regexp.MustCompile(`^/secrets/[0-9A-Za-z-]+(/[0-9a-fA-F]{32})?/?$`)
)

// checkCredential refuses what is no reference to a secret, or more than one. The texts never repeat the value.
func (p *problems) checkCredential(at path.Path, value types.String) {
	const remedy = "Give the https URI of the vault's secret that holds the password, for example " +
		"https://contoso.vault.azure.net/secrets/svc-sapio365. The password itself is never stored; if this was one, change it."
	if !tfkit.IsSet(value) {
		return
	}
	credential := value.ValueString()
	uri, err := url.Parse(credential)
	switch {
	case err != nil || !strings.EqualFold(uri.Scheme, "https") || uri.Hostname() == "" || strings.ContainsFunc(credential, unicode.IsSpace):
		p.add(at, "Not the URI of a secret", "is not an https URI. %s", remedy)
	case uri.User != nil:
		p.add(at, "Credentials in the URI", "has a user name or a password before the host. %s", remedy)
	case uri.Fragment != "" || strings.HasSuffix(credential, "#"):
		p.add(at, "Not the URI of a secret", "has a fragment (#…), which no address of a secret has. %s", remedy)
	case vaultHost.MatchString(uri.Hostname()) && uri.RawQuery != "":
		p.add(at, "Not the URI of a secret", "has a query, which no address of a secret in Azure Key Vault has. %s", remedy)
	case !isHarmless(uri.RawQuery):
		p.add(at, "Credentials in the URI", "has a query that may hold a secret, such as a token or a signature. %s", remedy)
	case strings.Trim(uri.Path, "/") == "":
		p.add(at, "Not the URI of a secret", "names a vault and no secret in it. %s", remedy)
	case !secretPath.MatchString(uri.Path):
		p.add(at, "Not the URI of a secret", "has a character in its path that no address of a secret has: it may have letters from a to z, digits "+
			"and - . _ ~ /. %s", remedy)
	case vaultHost.MatchString(uri.Hostname()) && !vaultPath.MatchString(uri.Path):
		p.add(at, "Not the URI of a secret", "is not the address of a secret in Azure Key Vault, which is /secrets/ and its name, with its version if "+
			"need be. %s", remedy)
	}
}

func isHarmless(query string) bool {
	values, err := url.ParseQuery(query)
	for name, all := range values {
		may := harmless[strings.ToLower(name)]
		if may == nil || slices.ContainsFunc(all, func(value string) bool { return !may.MatchString(value) }) {
			return false
		}
	}
	return err == nil
}

func (p *problems) checkLength(at path.Path, i int, connection attr.Value) {
	for _, name := range []string{domainName, controllerName, usernameName, credentialName} {
		if text(connection, name).IsUnknown() {
			return
		}
	}
	var tooLong *entra.ConnectionTooLongError
	if _, err := entra.EncodeConnection(i, domainConnection(connection)); errors.As(err, &tooLong) {
		p.add(at, "Domain connection too long",
			"takes %d characters when it is stored. Microsoft Entra ID allows %d, so shorten it by %d: most can be saved in credential_secret_id, "+
				"for example by leaving the version of the secret out.",
			tooLong.Length, entra.MaxExtensionValue, tooLong.Length-entra.MaxExtensionValue)
	}
}
