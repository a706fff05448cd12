package provider_test

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
)

// A token of another tenant than the one that was asked for is used for nothing: nothing reaches either tenant, and the
// error names both.
func TestAccProvider_tokenOfAnotherTenant(t *testing.T) {
	t.Parallel()
	asked := acctest.NewEmulated(t, ownCredentials, emulator.TenantOptions{})
	other := acctest.NewEmulated(t, ownCredentials, emulator.TenantOptions{})
	confused := &confusedLogin{from: asked.ID(), to: other.ID()}
	endpoint, authorities := confused.serve(t, asked)
	// The other tenant's identity: there it is good for everything.
	config := reaching(asked, other.Admin()).with(arguments{"login_endpoint": endpoint, "ca_certificate_path": authorities})
	for name, step := range map[string]resource.TestStep{
		"plan":        {Config: config.block() + session, PlanOnly: true},
		"data source": {Config: config.block() + "data \"sapio365_tenant\" \"test\" {}\n"},
	} {
		refusals := acctest.Refused(t, step)
		pattern := regexp.MustCompile(`(?i)asked for a token of tenant ` + asked.ID() + `.* gave one of tenant "` + other.ID() +
			`"\. Nothing was changed\. Check login_endpoint and tenant_id`)
		if !slices.ContainsFunc(refusals, pattern.MatchString) {
			t.Errorf("%s: no error matches %s:\n%s", name, pattern, strings.Join(refusals, "\n"))
		}
	}
	if confused.tokens.Load() == 0 {
		t.Error("the provider did not ask for a token")
	}
	reachedNobody(t, asked, other)
}

// The tenant of the token is looked at each time that one is issued: a sign-in that goes astray between the plan and the
// apply stops before the first write.
func TestAccProvider_tokenOfAnotherTenantAtTheApply(t *testing.T) {
	t.Parallel()
	asked := acctest.NewEmulated(t, ownCredentials, emulator.TenantOptions{})
	other := acctest.NewEmulated(t, ownCredentials, emulator.TenantOptions{})
	confused := &confusedLogin{from: asked.ID(), to: other.ID(), good: 1, astray: other.Admin()}
	endpoint, authorities := confused.serve(t, asked)
	config := reaching(asked, asked.Admin()).with(arguments{"login_endpoint": endpoint, "ca_certificate_path": authorities})
	refusals := acctest.Refused(t, resource.TestStep{Config: config.block() + session})
	if !slices.ContainsFunc(refusals, regexp.MustCompile(`gave one of tenant "`+other.ID()).MatchString) {
		t.Errorf("the error is about something else:\n%s", strings.Join(refusals, "\n"))
	}
	for _, tenant := range []acctest.Emulated{asked, other} {
		wroteNothing(t, tenant)
	}
}

// confusedLogin passes requests on to the emulator, and those for tokens of one tenant to another tenant.
type confusedLogin struct {
	from, to string
	good     int64             // tokens that it issues before it gets confused
	astray   emulator.Identity // whom it takes the caller for then; empty for whoever the caller is
	tokens   atomic.Int64
}

// serve returns the endpoint, and a file with the authorities of it and of the emulator.
func (c *confusedLogin) serve(t *testing.T, tenant acctest.Emulated) (endpoint, authorities string) {
	t.Helper()
	target, err := url.Parse(tenant.Server.URL())
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Transport: tenant.Server.Client().Transport, ErrorLog: log.New(io.Discard, "", 0),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // the metadata lead back here
			if r.In.Method != http.MethodPost || c.tokens.Add(1) <= c.good {
				return
			}
			r.Out.URL.Path = strings.Replace(r.Out.URL.Path, c.from, c.to, 1)
			if c.astray.ClientID == "" || r.In.ParseForm() != nil {
				return
			}
			form := r.In.PostForm
			form.Set("client_id", c.astray.ClientID)
			form.Set("client_secret", c.astray.ClientSecret)
			body := form.Encode()
			r.Out.Body, r.Out.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		},
	}
	server := httptest.NewTLSServer(proxy)
	t.Cleanup(server.Close)
	emulated, err := os.ReadFile(tenant.Environment()["SAPIO365_CA_CERTIFICATE_PATH"])
	if err != nil {
		t.Fatal(err)
	}
	own := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	authorities = filepath.Join(t.TempDir(), "authorities.pem")
	if err := os.WriteFile(authorities, append(emulated, own...), 0o600); err != nil {
		t.Fatal(err)
	}
	return server.URL, authorities
}

func reachedNobody(t *testing.T, tenants ...acctest.Emulated) {
	t.Helper()
	for _, tenant := range tenants {
		for _, request := range tenant.Requests() {
			if request.Kind == emulator.KindGraph {
				t.Errorf("tenant %s was reached: %+v", tenant.ID(), request)
			}
		}
	}
}

func wroteNothing(t *testing.T, tenant acctest.Emulated) {
	t.Helper()
	for _, request := range tenant.Requests() {
		for _, part := range request.Parts {
			if part.Method != http.MethodGet {
				t.Errorf("something was written to tenant %s: %s %s", tenant.ID(), part.Method, part.Path)
			}
		}
	}
}
