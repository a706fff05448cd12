package acctest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/provider"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

// existingID is the tenant to test on in place of emulated ones. It is read before the TestMain of a package may take
// the variables of the provider away.
var existingID = os.Getenv("SAPIO365_ACC_TENANT_ID")

const (
	existingLag    = time.Minute
	requestTimeout = 100 * time.Second
)

func newExisting(t testing.TB) Tenant {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("changes tenant " + existingID + ", which needs TF_ACC=1")
	}
	a, err := existingAdministrator()
	if err != nil {
		t.Fatal(err)
	}
	tenant := Tenant{
		id: a.settings.TenantID, suffix: randomSuffix(), arguments: fmt.Sprintf("tenant_id = %q\naccess_enforcement = \"off\"", a.settings.TenantID),
		Cloud: a.settings.Cloud, client: a.client, do: a.do, lag: existingLag,
	}
	t.Cleanup(func() { tenant.purge(t) })
	return tenant
}

// administrator signs in to the existing tenant exactly as the provider under test does.
type administrator struct {
	settings provider.Settings
	identity *signin.Identity
	client   *http.Client
}

// existingAdministrator takes everything but the tenant from the environment, as a provider block without arguments.
var existingAdministrator = sync.OnceValues(func() (administrator, error) {
	settings, problems := provider.ResolveSettings(provider.Configuration{TenantID: &existingID}, os.Getenv, os.ReadFile)
	var wrong []error
	for _, problem := range problems {
		wrong = append(wrong, problem)
	}
	if len(wrong) > 0 {
		return administrator{}, errors.Join(wrong...)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		return administrator{}, fmt.Errorf("the machine's certificate authorities cannot be read: %w", err)
	}
	for _, certificate := range settings.CACertificates {
		roots.AddCert(certificate)
	}
	client := &http.Client{Timeout: requestTimeout, Transport: &http.Transport{
		Proxy:           http.ProxyFromEnvironment,
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
	}}
	identity, err := signin.New(signin.Config{
		TenantID: settings.TenantID, ClientID: settings.ClientID, Cloud: settings.Cloud,
		Credential: settings.Credential, HTTPClient: client,
	})
	return administrator{settings: settings, identity: identity, client: client}, err
})

func (a administrator) do(method, path string, body any) (int, map[string]any, error) {
	ctx := context.Background()
	token, err := a.identity.Token(ctx, "")
	if err != nil {
		return 0, nil, err
	}
	var content io.Reader
	if body != nil {
		document, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		content = bytes.NewReader(document)
	}
	target := a.settings.Cloud.GraphEndpoint + "/v1.0" + strings.ReplaceAll(path, " ", "%20")
	request, err := http.NewRequestWithContext(ctx, method, target, content)
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token.Value)
	request.Header.Set("Content-Type", "application/json")
	response, err := a.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil && !errors.Is(err, io.EOF) {
		return response.StatusCode, nil, fmt.Errorf("the answer with status %d is not JSON: %w", response.StatusCode, err)
	}
	return response.StatusCode, answer, nil
}
