package provider

import (
	"errors"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

const (
	otherTenant = "aaaaaaaa-1111-4111-8111-111111111111"
	otherClient = "bbbbbbbb-2222-4222-8222-222222222222"
)

// homeIdentity is a provider with an identity of its own, which no entry may fall back on.
func homeIdentity(entries map[string]Configuration) Configuration {
	return Configuration{
		TenantID: pointer(tenantID), ClientID: pointer(clientID), ClientSecret: pointer("home"), Tenants: entries,
	}
}

// Each kind of credential serves in an entry as in the block, in the same order, and its source names the entry.
func TestTenantsCredentials(t *testing.T) {
	t.Parallel()
	yes := pointer(true)
	at := func(attribute string) string { return `tenants["` + otherTenant + `"].` + attribute }
	gitHub := variables{"ACTIONS_ID_TOKEN_REQUEST_URL": "https://ci.example", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t"}
	for name, test := range map[string]struct {
		entry  Configuration
		env    variables
		kind   signin.Kind
		source string
	}{
		"secret":                    {Configuration{ClientSecret: pointer("s")}, nil, signin.KindSecret, at("client_secret")},
		"secret file":               {Configuration{ClientSecretFilePath: pointer("secret.txt")}, nil, signin.KindSecret, at("client_secret_file_path")},
		"certificate before secret": {Configuration{ClientCertificate: pointer(keyPairPEM()), ClientSecret: pointer("s")}, nil, signin.KindCertificate, at("client_certificate")},
		"PFX file":                  {Configuration{ClientCertificatePath: pointer("pfx"), ClientCertificatePassword: pointer("opensesame")}, nil, signin.KindCertificate, at("client_certificate_path")},
		"secret before OIDC":        {Configuration{ClientSecret: pointer("s"), UseOIDC: yes, OIDCToken: pointer("t")}, nil, signin.KindSecret, at("client_secret")},
		"OIDC before AKS":           {Configuration{UseOIDC: yes, OIDCToken: pointer("t"), UseAKSWorkloadIdentity: yes}, variables{federatedTokenFile: "f"}, signin.KindOIDC, at("oidc_token")},
		"OIDC of the pipeline":      {Configuration{UseOIDC: yes}, gitHub, signin.KindOIDC, "ACTIONS_ID_TOKEN_REQUEST_URL"},
		"AKS before MSI":            {Configuration{UseAKSWorkloadIdentity: yes, UseMSI: yes}, variables{federatedTokenFile: "f"}, signin.KindAKSWorkloadIdentity, federatedTokenFile},
		"MSI before CLI":            {Configuration{UseMSI: yes, UseCLI: yes}, nil, signin.KindManagedIdentity, at("use_msi")},
		"CLI":                       {Configuration{UseCLI: yes}, nil, signin.KindAzureCLI, at("use_cli")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.entry.ClientID = pointer(strings.ToUpper(otherClient))
			content := files{"pfx": keyPairPFX(), "secret.txt": "secret\n"}
			settings, problems := ResolveSettings(homeIdentity(map[string]Configuration{otherTenant: test.entry}), test.env.get, content.read)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			login := settings.Tenants[otherTenant]
			if len(settings.Tenants) != 1 || login.ClientID != otherClient {
				t.Fatalf("got %+v", settings.Tenants)
			}
			if login.Credential.Kind() != test.kind || login.Credential.Source() != test.source {
				t.Errorf("got %s from %s, want %s from %s", login.Credential.Kind(), login.Credential.Source(), test.kind, test.source)
			}
			if settings.Credential.Source() != "client_secret" || settings.ClientID != clientID {
				t.Errorf("the provider's own identity became %s from %s", settings.ClientID, settings.Credential.Source())
			}
		})
	}
}

// A key counts whatever the case of its letters.
func TestTenantsKeysInUpperCase(t *testing.T) {
	t.Parallel()
	entry := Configuration{ClientID: pointer(otherClient), ClientSecret: pointer("s")}
	settings, problems := ResolveSettings(homeIdentity(map[string]Configuration{strings.ToUpper(otherTenant): entry}), variables{}.get, noFiles)
	if len(problems) > 0 || settings.Tenants[otherTenant].ClientID != otherClient {
		t.Errorf("got %+v, %v", settings.Tenants, problems)
	}
}

func TestTenantsAreRefused(t *testing.T) {
	t.Parallel()
	good := Configuration{ClientID: pointer(otherClient), ClientSecret: pointer("s")}
	without := func(change func(*Configuration)) map[string]Configuration {
		entry := good
		change(&entry)
		return map[string]Configuration{otherTenant: entry}
	}
	everywhere := variables{
		"SAPIO365_CLIENT_SECRET": "e", "ARM_CLIENT_ID": clientID, "SAPIO365_CLIENT_ID": clientID, "AZURE_CLIENT_ID": clientID,
		"SAPIO365_USE_CLI": "true", "ARM_USE_MSI": "true", "AZURE_CLIENT_CERTIFICATE_PATH": "x",
	}
	for name, test := range map[string]struct {
		entries   map[string]Configuration
		tenant    string
		attribute string
		detail    string
	}{
		"domain name":       {map[string]Configuration{"contoso.onmicrosoft.com": good}, "contoso.onmicrosoft.com", "", "is not a GUID"},
		"no GUID":           {map[string]Configuration{"contoso": good}, "contoso", "", "give a GUID such as"},
		"GUID in braces":    {map[string]Configuration{"{" + otherTenant + "}": good}, "{" + otherTenant + "}", "", "not a GUID"},
		"two that are one":  {map[string]Configuration{otherTenant: good, strings.ToUpper(otherTenant): good}, otherTenant, "", strings.ToUpper(otherTenant)},
		"own tenant":        {map[string]Configuration{strings.ToUpper(tenantID): good}, strings.ToUpper(tenantID), "", "provider's own tenant"},
		"no credential":     {without(func(c *Configuration) { c.ClientSecret = nil }), otherTenant, "", "environment variables do not stand in for it"},
		"nothing at all":    {map[string]Configuration{otherTenant: {}}, otherTenant, "", "nothing to sign in with"},
		"empty secret":      {without(func(c *Configuration) { c.ClientSecret = pointer("") }), otherTenant, "", "nothing to sign in with"},
		"no client ID":      {without(func(c *Configuration) { c.ClientID = nil }), otherTenant, "client_id", `tenants["` + otherTenant + `"].client_secret`},
		"client malformed":  {without(func(c *Configuration) { c.ClientID = pointer("app") }), otherTenant, "client_id", "not a GUID"},
		"secret twice":      {without(func(c *Configuration) { c.ClientSecretFilePath = pointer("f") }), otherTenant, "client_secret_file_path", "Remove one"},
		"certificate alone": {without(func(c *Configuration) { c.ClientCertificate = pointer(certificatePEM()) }), otherTenant, "client_certificate", "private key is missing"},
		"OIDC, no token":    {without(func(c *Configuration) { c.ClientSecret, c.UseOIDC = nil, pointer(true) }), otherTenant, "use_oidc", "there is no token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems := ResolveSettings(homeIdentity(test.entries), everywhere.get, files{"x": keyPairPEM()}.read)
			// Where two entries are one tenant, the error is at the second, in the order of their keys.
			if len(problems) != 1 || problems[0].Tenant != test.tenant || problems[0].Attribute != test.attribute ||
				!strings.Contains(strings.ToLower(problems[0].Error()), strings.ToLower(test.detail)) {
				t.Fatalf("got %+v, want one error of %q of %q with %q", problems, test.attribute, test.tenant, test.detail)
			}
		})
	}
}

// What a file has wrong concerns its tenant alone, which cannot be signed in to. The entry is looked at all the same.
func TestTenantsFilesThatAreBroken(t *testing.T) {
	t.Parallel()
	content := files{"empty": " \n", "half": certificatePEM(), "pfx": keyPairPFX()}
	for name, test := range map[string]struct {
		entry  Configuration
		kind   signin.Kind
		source string
		says   string
	}{
		"no secret":      {Configuration{ClientSecretFilePath: pointer("absent")}, signin.KindSecret, "client_secret_file_path", "cannot be read"},
		"empty secret":   {Configuration{ClientSecretFilePath: pointer("empty")}, signin.KindSecret, "client_secret_file_path", "is empty"},
		"no certificate": {Configuration{ClientCertificatePath: pointer("absent")}, signin.KindCertificate, "client_certificate_path", "cannot be read"},
		"no key":         {Configuration{ClientCertificatePath: pointer("half")}, signin.KindCertificate, "client_certificate_path", "private key is missing"},
		"locked":         {Configuration{ClientCertificatePath: pointer("pfx")}, signin.KindCertificate, "client_certificate_path", "set client_certificate_password"},
		"wrong password": {Configuration{ClientCertificatePath: pointer("pfx"), ClientCertificatePassword: pointer("sesame")}, signin.KindCertificate, "client_certificate_path", "does not open"},
	} {
		test.entry.ClientID = pointer(otherClient)
		settings, problems := ResolveSettings(homeIdentity(map[string]Configuration{otherTenant: test.entry}), variables{}.get, content.read)
		if len(problems) > 0 {
			t.Errorf("%s: the provider is refused: %v", name, problems)
			continue
		}
		credential := settings.Tenants[otherTenant].Credential
		if source := `tenants["` + otherTenant + `"].` + test.source; credential.Kind() != test.kind || credential.Source() != source {
			t.Errorf("%s: got %s from %s, want %s from %s", name, credential.Kind(), credential.Source(), test.kind, source)
		}
		identity, err := signin.New(signin.Config{
			TenantID: settings.TenantID, ClientID: settings.ClientID, Cloud: settings.Cloud, Credential: settings.Credential,
			Tenants: settings.Tenants, HTTPClient: http.DefaultClient,
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = identity.Token(t.Context(), otherTenant)
		var unusable *signin.UnusableError
		if !errors.As(err, &unusable) || unusable.Tenant != otherTenant || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, want one that says %s", name, err, test.says)
		}

		test.entry.ClientID = nil
		if _, problems := ResolveSettings(homeIdentity(map[string]Configuration{otherTenant: test.entry}), variables{}.get, content.read); len(problems) != 1 || problems[0].Attribute != "client_id" {
			t.Errorf("%s, without client_id: got %v", name, problems)
		}
	}
}

// A credential that is not known yet concerns its tenant alone.
func TestTenantsNotKnownYet(t *testing.T) {
	t.Parallel()
	entries := map[string]Configuration{otherTenant: {Unknown: []string{`tenants["` + otherTenant + `"].client_secret`}}}
	settings, problems := ResolveSettings(homeIdentity(entries), variables{}.get, noFiles)
	if len(problems) > 0 || settings.Tenants[otherTenant].Credential == nil {
		t.Fatalf("got %+v, %v", settings, problems)
	}
	kinds := []signin.Kind{settings.Credential.Kind(), settings.Tenants[otherTenant].Credential.Kind()}
	if !slices.Equal(kinds, []signin.Kind{signin.KindSecret, ""}) {
		t.Errorf("got the kinds %v", kinds)
	}
}

// BenchmarkManyIdentities measures what 500 tenants take that have an identity of their own each, with a certificate, from
// the configuration until the first of them could sign in.
func BenchmarkManyIdentities(b *testing.B) {
	entries := map[string]Configuration{}
	for i := range 500 {
		entries[guidOf(i+1)] = Configuration{ClientID: pointer(otherClient), ClientCertificate: pointer(keyPairPEM())}
	}
	var kept []*signin.Identity
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		settings, problems := ResolveSettings(homeIdentity(entries), variables{}.get, noFiles)
		if len(problems) > 0 {
			b.Fatal(problems)
		}
		identity, err := signin.New(signin.Config{
			TenantID: settings.TenantID, ClientID: settings.ClientID, Cloud: settings.Cloud, Credential: settings.Credential,
			Tenants: settings.Tenants, HTTPClient: http.DefaultClient,
		})
		if err != nil {
			b.Fatal(err)
		}
		kept = append(kept, identity)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(kept))/(1<<20), "kept-MB")
	runtime.KeepAlive(kept)
}

// What is wrong with several entries is told in the order of their keys.
func TestTenantsAreRefusedInOrder(t *testing.T) {
	t.Parallel()
	entries, want := map[string]Configuration{}, []string{}
	for _, digit := range "123456789" {
		key := strings.Repeat(string(digit), 8) + "-2222-3333-4444-555555555555"
		entries[key], want = Configuration{}, append(want, key)
	}
	_, problems := ResolveSettings(homeIdentity(entries), variables{}.get, noFiles)
	got := make([]string, len(problems))
	for i, problem := range problems {
		got[i] = problem.Tenant
	}
	if !slices.Equal(got, want) {
		t.Errorf("got errors of %v", got)
	}
}
