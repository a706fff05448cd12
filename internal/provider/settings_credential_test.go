package provider

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

type keyPair struct {
	certificate *x509.Certificate
	key         any
}

func (p keyPair) pem() string {
	key, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.certificate.Raw})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
}

func newKeyPair(public, private any) keyPair {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "pipeline"}, NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return keyPair{certificate: certificate, key: private}
}

var (
	rsaKeyPair = sync.OnceValue(func() keyPair {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		return newKeyPair(key.Public(), key)
	})
	ellipticKeyPair = sync.OnceValue(func() keyPair {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		return newKeyPair(key.Public(), key)
	})
	keyPairPEM     = sync.OnceValue(func() string { return rsaKeyPair().pem() })
	certificatePEM = func() string { return strings.SplitAfter(keyPairPEM(), "-----END CERTIFICATE-----\n")[0] }
	keyPairPFX     = sync.OnceValue(func() string {
		archive, err := pkcs12.Modern.Encode(rsaKeyPair().key, rsaKeyPair().certificate, nil, "opensesame")
		if err != nil {
			panic(err)
		}
		return string(archive)
	})
)

// TestWhichCredentialWins covers the order of the kinds and, within a kind,
// that of its attributes.
func TestWhichCredentialWins(t *testing.T) {
	t.Parallel()
	yes := pointer(true)
	everything := variables{
		"ARM_CLIENT_CERTIFICATE_PATH": "certificate", "ARM_CLIENT_SECRET": "secret",
		"ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "token",
		"ARM_USE_AKS_WORKLOAD_IDENTITY": "true", federatedTokenFile: "aks",
		"ARM_USE_MSI": "true", "ARM_USE_CLI": "true",
	}
	without := func(names ...string) variables {
		rest := variables{}
		for name, value := range everything {
			rest[name] = value
		}
		for _, name := range names {
			delete(rest, name)
		}
		return rest
	}
	gitHub := variables{"ACTIONS_ID_TOKEN_REQUEST_URL": "https://ci.example", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t"}
	azureDevOps := variables{"SYSTEM_OIDCREQUESTURI": "https://ci.example", "SYSTEM_ACCESSTOKEN": "t"}

	tests := map[string]struct {
		cfg    Configuration
		env    variables
		kind   signin.Kind
		source string
	}{
		"certificate before all":        {Configuration{}, everything, signin.KindCertificate, "ARM_CLIENT_CERTIFICATE_PATH"},
		"secret before OIDC":            {Configuration{}, without("ARM_CLIENT_CERTIFICATE_PATH"), signin.KindSecret, "ARM_CLIENT_SECRET"},
		"OIDC before AKS":               {Configuration{}, without("ARM_CLIENT_CERTIFICATE_PATH", "ARM_CLIENT_SECRET"), signin.KindOIDC, "ARM_OIDC_TOKEN"},
		"AKS before managed identity":   {Configuration{}, without("ARM_CLIENT_CERTIFICATE_PATH", "ARM_CLIENT_SECRET", "ARM_USE_OIDC"), signin.KindAKSWorkloadIdentity, federatedTokenFile},
		"managed identity before CLI":   {Configuration{}, variables{"ARM_USE_MSI": "1", "ARM_USE_CLI": "1"}, signin.KindManagedIdentity, "ARM_USE_MSI"},
		"CLI":                           {Configuration{UseCLI: yes}, nil, signin.KindAzureCLI, "use_cli"},
		"kind counts before generation": {Configuration{ClientSecret: pointer("s")}, without(), signin.KindCertificate, "ARM_CLIENT_CERTIFICATE_PATH"},

		"configured file before variable":     {Configuration{ClientSecretFilePath: pointer("secret.txt")}, variables{"SAPIO365_CLIENT_SECRET": "s"}, signin.KindSecret, "client_secret_file_path"},
		"own file before foreign value":       {Configuration{}, variables{"SAPIO365_CLIENT_SECRET_FILE_PATH": "secret.txt", "ARM_CLIENT_SECRET": "s"}, signin.KindSecret, "SAPIO365_CLIENT_SECRET_FILE_PATH"},
		"value before file of one generation": {Configuration{}, variables{"ARM_CLIENT_SECRET_FILE_PATH": "secret.txt", "ARM_CLIENT_SECRET": "s"}, signin.KindSecret, "ARM_CLIENT_SECRET"},
		"configured path before variable":     {Configuration{ClientCertificatePath: pointer("certificate")}, variables{"SAPIO365_CLIENT_CERTIFICATE": "x"}, signin.KindCertificate, "client_certificate_path"},
		"PFX file with password":              {Configuration{ClientCertificatePath: pointer("pfx"), ClientCertificatePassword: pointer("opensesame")}, nil, signin.KindCertificate, "client_certificate_path"},

		"GitHub Actions":                  {Configuration{UseOIDC: yes}, gitHub, signin.KindOIDC, "ACTIONS_ID_TOKEN_REQUEST_URL"},
		"Azure DevOps":                    {Configuration{UseOIDC: yes, ADOPipelineServiceConnectionID: pointer("c")}, azureDevOps, signin.KindOIDC, "SYSTEM_OIDCREQUESTURI"},
		"OIDC token before request":       {Configuration{UseOIDC: yes}, variables{"ARM_OIDC_TOKEN": "t", "ACTIONS_ID_TOKEN_REQUEST_URL": "u", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t"}, signin.KindOIDC, "ARM_OIDC_TOKEN"},
		"configured request before token": {Configuration{UseOIDC: yes, OIDCRequestURL: pointer("u"), OIDCRequestToken: pointer("t")}, variables{"SAPIO365_OIDC_TOKEN": "t"}, signin.KindOIDC, "oidc_request_url"},
		"pipeline before token file":      {Configuration{UseOIDC: yes}, variables{"ACTIONS_ID_TOKEN_REQUEST_URL": "u", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t", federatedTokenFile: "f"}, signin.KindOIDC, "ACTIONS_ID_TOKEN_REQUEST_URL"},
		"OIDC not asked for":              {Configuration{}, gitHub, signin.KindAzureCLI, "use_cli (default)"},
	}
	content := files{"certificate": keyPairPEM(), "pfx": keyPairPFX(), "secret.txt": "secret\n"}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings, problems := ResolveSettings(test.cfg, signedIn(test.env).get, content.read)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if got := settings.Credential; got.Kind() != test.kind || got.Source() != test.source {
				t.Errorf("got %s from %s, want %s from %s", got.Kind(), got.Source(), test.kind, test.source)
			}
		})
	}
}

func TestSettingsAreRefused(t *testing.T) {
	t.Parallel()
	yes, no := pointer(true), pointer(false)
	encoded := pointer(base64.StdEncoding.EncodeToString([]byte(keyPairPFX())))
	tests := map[string]struct {
		cfg       Configuration
		env       variables
		attribute string
		detail    string
	}{
		"tenant missing":              {Configuration{}, variables{"AZURE_TENANT_ID": ""}, "tenant_id", "SAPIO365_TENANT_ID, ARM_TENANT_ID, AZURE_TENANT_ID"},
		"tenant by domain":            {Configuration{TenantID: pointer("contoso.onmicrosoft.com")}, nil, "tenant_id", "is not a GUID"},
		"tenant malformed":            {Configuration{}, variables{"ARM_TENANT_ID": "{" + tenantID + "}"}, "tenant_id", "ARM_TENANT_ID"},
		"client malformed":            {Configuration{ClientID: pointer("my-app")}, nil, "client_id", "not a GUID"},
		"client missing":              {Configuration{ClientSecret: pointer("s")}, variables{"AZURE_CLIENT_ID": ""}, "client_id", "client_secret"},
		"unknown cloud":               {Configuration{Environment: pointer("germany")}, nil, "environment", "public, usgovernment, dod, china"},
		"cloud by azuread's name":     {Configuration{Environment: pointer("usgovernmentl4")}, nil, "environment", `"usgovernment" here`},
		"endpoint with path":          {Configuration{GraphEndpoint: pointer("https://graph.microsoft.com/v1.0")}, nil, "graph_endpoint", "without a path"},
		"endpoint without TLS":        {Configuration{}, variables{"SAPIO365_LOGIN_ENDPOINT": "http://localhost"}, "login_endpoint", "SAPIO365_LOGIN_ENDPOINT"},
		"endpoint without scheme":     {Configuration{LoginEndpoint: pointer("localhost:8443")}, nil, "login_endpoint", "https://host"},
		"endpoint without host":       {Configuration{LoginEndpoint: pointer("https://:8443")}, nil, "login_endpoint", "https://host"},
		"endpoint with user":          {Configuration{LoginEndpoint: pointer("https://a@b")}, nil, "login_endpoint", "https://host"},
		"endpoint with query":         {Configuration{LoginEndpoint: pointer("https://b?x=y")}, nil, "login_endpoint", "https://host"},
		"flag misspelt":               {Configuration{}, variables{"ARM_USE_MSI": "yes"}, "use_msi", `"yes" is neither true nor false`},
		"deletion misspelt":           {Configuration{}, variables{"SAPIO365_PERMANENTLY_DELETE": "on"}, "permanently_delete", "neither"},
		"access enforcement":          {Configuration{AccessEnforcement: pointer("strict")}, nil, "access_enforcement", `is none of "enforce"`},
		"authority file missing":      {Configuration{CACertificatePath: pointer("missing")}, nil, "ca_certificate_path", "no such file"},
		"authority file is no PEM":    {Configuration{CACertificatePath: pointer("words")}, nil, "ca_certificate_path", "no usable certificate"},
		"authority file has a key":    {Configuration{CACertificatePath: pointer("pem")}, nil, "ca_certificate_path", "private key"},
		"both certificates":           {Configuration{ClientCertificate: pointer(keyPairPEM()), ClientCertificatePath: pointer("pem")}, nil, "client_certificate_path", "Remove one"},
		"both secrets":                {Configuration{ClientSecret: pointer("s"), ClientSecretFilePath: pointer("words")}, nil, "client_secret_file_path", "Remove one"},
		"certificate file missing":    {Configuration{}, variables{"ARM_CLIENT_CERTIFICATE_PATH": "missing"}, "client_certificate_path", "ARM_CLIENT_CERTIFICATE_PATH"},
		"certificate unparsable":      {Configuration{ClientCertificate: pointer("words!")}, nil, "client_certificate", "cannot be decoded"},
		"certificate without key":     {Configuration{ClientCertificate: pointer(certificatePEM())}, nil, "client_certificate", "private key is missing"},
		"certificate not RSA":         {Configuration{ClientCertificate: pointer(ellipticKeyPair().pem())}, nil, "client_certificate", "RSA keys only"},
		"certificate password absent": {Configuration{ClientCertificate: encoded}, nil, "client_certificate_password", "No password is set"},
		"certificate password wrong":  {Configuration{ClientCertificate: encoded}, variables{"AZURE_CLIENT_CERTIFICATE_PASSWORD": "sesame-street"}, "client_certificate_password", "comes from AZURE_CLIENT_CERTIFICATE_PASSWORD"},
		"secret file missing":         {Configuration{ClientSecretFilePath: pointer("missing")}, nil, "client_secret_file_path", "no such file"},
		"secret file empty":           {Configuration{ClientSecretFilePath: pointer("empty")}, nil, "client_secret_file_path", "is empty"},
		"nothing to sign in with":     {Configuration{UseCLI: no}, nil, "", "client_secret_file_path"},
		"OIDC without token":          {Configuration{UseOIDC: yes}, nil, "use_oidc", "id-token: write"},
		"OIDC in Azure DevOps":        {Configuration{UseOIDC: yes}, variables{"SYSTEM_OIDCREQUESTURI": "u", "SYSTEM_ACCESSTOKEN": "t"}, "use_oidc", "ado_pipeline_service_connection_id"},
		"OIDC URL without token":      {Configuration{UseOIDC: yes, OIDCRequestURL: pointer("u")}, nil, "oidc_request_token", "SYSTEM_ACCESSTOKEN"},
		"OIDC token without URL":      {Configuration{UseOIDC: yes, OIDCRequestToken: pointer("t")}, nil, "oidc_request_url", "oidc_request_token"},
		"AKS outside a pod":           {Configuration{UseAKSWorkloadIdentity: yes}, nil, "use_aks_workload_identity", federatedTokenFile},
	}
	content := files{"words": "hello", "empty": " \n", "pem": keyPairPEM()}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems := ResolveSettings(test.cfg, signedIn(test.env).get, content.read)
			if len(problems) != 1 || problems[0].Attribute != test.attribute || !strings.Contains(problems[0].Error(), test.detail) {
				t.Fatalf("got %+v, want one error of %q with %q", problems, test.attribute, test.detail)
			}
			if strings.Contains(problems[0].Error(), "sesame-street") {
				t.Error("shows the password")
			}
		})
	}
}

func TestAllProblemsAreToldAtOnce(t *testing.T) {
	t.Parallel()
	cfg := Configuration{TenantID: pointer("x"), ClientID: pointer("y"), Environment: pointer("z"), AccessEnforcement: pointer("strict")}
	_, problems := ResolveSettings(cfg, variables{"ARM_USE_CLI": "?", "ARM_CLIENT_SECRET": "s"}.get, noFiles)
	var attributes []string
	for _, problem := range problems {
		attributes = append(attributes, problem.Attribute)
	}
	if got, want := strings.Join(attributes, " "), "tenant_id client_id environment access_enforcement use_cli"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
