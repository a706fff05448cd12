package certificate

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
)

func named(name string) model {
	return model{CommonName: types.StringValue(name), KeyBits: types.Int64Null(), ValidDays: types.Int64Null()}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	with := func(bits, days int64) model {
		m := named("x")
		m.KeyBits, m.ValidDays = types.Int64Value(bits), types.Int64Value(days)
		return m
	}
	for name, tt := range map[string]struct {
		model    model
		at, says string // of the only diagnostic; empty for none
	}{
		"defaults":        {model: named("sapio365 jobs")},
		"longest":         {model: named(strings.Repeat("ö", 64))},
		"unknown":         {model: model{CommonName: types.StringUnknown(), KeyBits: types.Int64Unknown(), ValidDays: types.Int64Unknown()}},
		"least":           {model: with(2048, 1)},
		"most":            {model: with(4096, 3650)},
		"no name":         {named(""), "common_name", "has 0 characters"},
		"too long":        {named(strings.Repeat("x", 65)), "common_name", "has 65 characters"},
		"white space":     {named("jobs "), "common_name", "white space"},
		"line break":      {named("a\nb"), "common_name", "line break"},
		"label":           {named("cn=jobs"), "common_name", `begins with "CN="`},
		"short key":       {with(1024, 1), "key_bits", "2048, 3072 or 4096"},
		"no day":          {with(2048, 0), "valid_days", "1 to 3650"},
		"longer than ten": {with(2048, 3651), "valid_days", "1 to 3650"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var diags diag.Diagnostics
			tt.model.validate(&diags)
			if tt.says == "" {
				if len(diags) > 0 {
					t.Error(diags)
				}
				return
			}
			if len(diags) != 1 {
				t.Fatalf("%d diagnostics: %v", len(diags), diags)
			}
			placed, ok := diags[0].(diag.DiagnosticWithPath)
			if !ok || placed.Path().String() != tt.at || !strings.Contains(diags[0].Detail(), tt.says) {
				t.Errorf("got %v", diags[0])
			}
		})
	}
}

// The certificate begins a little before now, and its whole life is what was asked for.
func TestRequest(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	m := named("sapio365 jobs")
	m.settle()
	want := pki.Request{CommonName: "sapio365 jobs", KeyBits: 2048, NotBefore: now.Add(-5 * time.Minute), Valid: 365 * 24 * time.Hour}
	if got := m.request(now); got != want {
		t.Errorf("got %+v", got)
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	for _, password := range []types.String{types.StringNull(), types.StringValue(""), types.StringValue("correct horse")} {
		m := named("sapio365 jobs")
		m.PFXPassword = password
		m.settle()
		pair, err := pki.Generate(m.request(time.Now()))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.fill(pair); err != nil {
			t.Fatal(err)
		}
		archive, err := base64.StdEncoding.DecodeString(m.PFXBase64.ValueString())
		if err != nil {
			t.Fatal(err)
		}
		inArchive, err := pki.ParseKeyPair(archive, password.ValueString())
		if err != nil {
			t.Fatal(err)
		}
		inPEM, err := pki.ParseKeyPair([]byte(m.CertificatePEM.ValueString()+m.PrivateKeyPEM.ValueString()), "")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []pki.Certificate{inArchive.Certificate, inPEM.Certificate} {
			if c.ThumbprintSHA1() != m.Thumbprint.ValueString() || c.ThumbprintSHA256() != m.ThumbprintSHA256.ValueString() {
				t.Errorf("the thumbprints are those of another certificate than %s", c.ThumbprintSHA1())
			}
		}
	}
}
