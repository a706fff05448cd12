package appsession

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// differences names the attributes in which two models differ, in the order of the model.
func differences(a, b model) []string {
	var names []string
	for _, pair := range []struct {
		name string
		a, b attr.Value
	}{
		{"display_name", a.DisplayName, b.DisplayName}, {"tenant_id", a.TenantID, b.TenantID},
		{"description", a.Description, b.Description}, {"unique_name", a.UniqueName, b.UniqueName}, {"owners", a.Owners, b.Owners},
		{"permission_profile", a.PermissionProfile, b.PermissionProfile}, {"permissions", a.Permissions, b.Permissions},
		{"admin_consent", a.AdminConsent, b.AdminConsent}, {"client_secret", a.ClientSecret, b.ClientSecret},
		{"certificate", a.Certificate, b.Certificate}, {"exchange", a.Exchange, b.Exchange},
		{"assignment_required", a.AssignmentReq, b.AssignmentReq}, {"timeouts", a.Timeouts, b.Timeouts}, {"id", a.ID, b.ID},
		{"client_id", a.ClientID, b.ClientID}, {"application_object_id", a.ApplicationObjectID, b.ApplicationObjectID},
		{"service_principal_id", a.ServicePrincipalID, b.ServicePrincipalID}, {"sign_in_audience", a.SignInAudience, b.SignInAudience},
		{"authentication", a.Authentication, b.Authentication}, {"secret_value", a.SecretValue, b.SecretValue},
		{"secret_key_id", a.SecretKeyID, b.SecretKeyID}, {"secret_expires_at", a.SecretExpiresAt, b.SecretExpiresAt},
		{"thumbprint", a.Thumbprint, b.Thumbprint}, {"thumbprint_sha256", a.ThumbprintSHA256, b.ThumbprintSHA256},
		{"certificate_expires_at", a.CertificateExpiresAt, b.CertificateExpiresAt}, {"consent_granted", a.ConsentGranted, b.ConsentGranted},
		{"consent_url", a.ConsentURL, b.ConsentURL}, {"missing", a.MissingConsents, b.MissingConsents}, {"extra", a.ExtraConsents, b.ExtraConsents},
		{"verify_sign_in", a.VerifySignIn, b.VerifySignIn}, {"secret_sealed", a.SecretSealed, b.SecretSealed},
		{"rotation_due_at", a.RotationDueAt, b.RotationDueAt}, {"rotation_pending", a.RotationPending, b.RotationPending},
		{"retiring", a.Retiring, b.Retiring},
		{"unmanaged", a.UnmanagedCredentials, b.UnmanagedCredentials}, {"exchange_ready", a.ExchangeReady, b.ExchangeReady},
	} {
		if !pair.a.Equal(pair.b) {
			names = append(names, pair.name)
		}
	}
	return names
}

// planFor plans the configuration as Terraform proposes it.
func planFor(config model, prior *model, tenant types.String) planned {
	return planning{config: config, proposed: config, prior: prior, providerTenant: tenant}.plan()
}

var home = types.StringValue(homeTenant)

func TestPlanOfCreate(t *testing.T) {
	t.Parallel()
	certificate := certificates()[0]
	unknown := types.StringUnknown()
	for name, tt := range map[string]struct {
		config model
		tenant types.String
		want   func(*model)
	}{
		"defaults": {configured(), home, func(*model) {}},
		"tenant of its own": {configured(func(m *model) { m.TenantID = str(strings.ToUpper(otherTenant)) }), home,
			func(m *model) { m.TenantID = str(strings.ToUpper(otherTenant)) }},
		"unknown provider": {configured(), unknown, func(m *model) { m.TenantID = unknown }},
		"unique name":      {configured(func(m *model) { m.UniqueName = str("mine") }), home, func(m *model) { m.UniqueName = str("mine") }},
		"owners":           {configured(func(m *model) { m.Owners = tfkit.SetOf([]string{objectID}) }), home, func(m *model) { m.Owners = tfkit.SetOf([]string{objectID}) }},
		"no consent": {configured(func(m *model) { m.AdminConsent = types.BoolValue(false) }), home, func(m *model) {
			m.AdminConsent, m.ConsentGranted = types.BoolValue(false), types.BoolUnknown()
			m.MissingConsents, m.ExtraConsents = types.SetUnknown(types.StringType), types.SetUnknown(types.StringType)
		}},
		"certificate and Exchange": {configured(withCertificate(str(certificate.pem)), withExchange(defaultExchangeRole)), home, func(m *model) {
			byTheCertificate(certificate)(m)
			withExchange(defaultExchangeRole)(m)
			m.ExchangeReady = types.BoolValue(true)
		}},
		"Exchange without consent": {
			configured(withCertificate(str(certificate.pem)), withExchange(defaultExchangeRole), func(m *model) { m.AdminConsent = types.BoolValue(false) }), home,
			func(m *model) {
				byTheCertificate(certificate)(m)
				withExchange(defaultExchangeRole)(m)
				m.AdminConsent, m.ConsentGranted, m.ExchangeReady = types.BoolValue(false), types.BoolUnknown(), types.BoolUnknown()
				m.MissingConsents, m.ExtraConsents = types.SetUnknown(types.StringType), types.SetUnknown(types.StringType)
			}},
		"unknown certificate value": {configured(withCertificate(unknown)), home, func(m *model) {
			withCertificate(unknown)(m)
			m.Authentication = str(byCertificate)
			m.setSecret(types.StringNull())
			m.setCertificate(unknown)
		}},
		"unknown certificate": {configured(func(m *model) { m.Certificate = types.ObjectUnknown(certificateTypes) }), home, func(m *model) {
			m.Certificate = types.ObjectUnknown(certificateTypes)
			m.Authentication, m.SecretSealed = unknown, unknown
			m.setCertificate(unknown)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// What only the apply decides.
			want := created(func(m *model) {
				m.UniqueName, m.Owners = unknown, types.SetUnknown(types.StringType)
				m.ID, m.ClientID, m.ApplicationObjectID, m.ServicePrincipalID, m.ConsentURL = unknown, unknown, unknown, unknown, unknown
				m.setSecret(unknown)
				m.SecretSealed = types.StringNull()
				m.UnmanagedCredentials = types.Int64Unknown()
			}, tt.want)
			out := planFor(tt.config, nil, tt.tenant)
			if diff := differences(out.plan, want); len(diff) > 0 {
				t.Errorf("%v planned otherwise: %+v", diff, out.plan)
			}
			if len(out.replace) > 0 || out.diags.HasError() {
				t.Errorf("replace %v, diagnostics %v", out.replace, out.diags)
			}
		})
	}
}

func TestPlanOfUpdate(t *testing.T) {
	t.Parallel()
	certificate, renewed := certificates()[0], certificates()[1]
	unknown := types.StringUnknown()
	noConsent := func(m *model) { m.AdminConsent = types.BoolValue(false) }
	imported := func(m *model) {
		m.Authentication = types.StringNull()
		m.setSecret(types.StringNull())
		m.UniqueName = types.StringNull()
		m.UnmanagedCredentials = types.Int64Value(2)
	}
	secretUnknown := []string{"secret_value", "secret_key_id", "secret_expires_at", "rotation_due_at"}
	thumbprints := []string{"thumbprint", "thumbprint_sha256", "certificate_expires_at"}
	toCertificate := slices.Concat([]string{"certificate", "authentication"}, secretUnknown, thumbprints, []string{"unmanaged"})
	for name, tt := range map[string]struct {
		config  model
		prior   model
		tenant  types.String // default: home
		changes []string
		replace []string
		want    func(model) bool // beside the changes
	}{
		"nothing":                {config: configured(), prior: created()},
		"nothing, unready":       {config: configured(), prior: created(), tenant: unknown},
		"tenant in another case": {config: configured(func(m *model) { m.TenantID = str(strings.ToUpper(homeTenant)) }), prior: created()},
		"renamed":                {config: configured(func(m *model) { m.DisplayName = str("Other") }), prior: created(), changes: []string{"display_name"}},
		"unique name repeated":   {config: configured(func(m *model) { m.UniqueName = str("sapio365-jane-doe-12345678") }), prior: created()},
		"unique name changed":    {config: configured(func(m *model) { m.UniqueName = str("mine") }), prior: created(), changes: []string{"unique_name"}, replace: []string{"unique_name"}},
		"unique name backfilled": {config: configured(func(m *model) { m.UniqueName = str("mine") }), prior: created(imported), changes: []string{"unique_name"}},
		"no unique name":         {config: configured(), prior: created(imported)},
		"another tenant":         {config: configured(func(m *model) { m.TenantID = str(otherTenant) }), prior: created(), changes: []string{"tenant_id"}, replace: []string{"tenant_id"}},
		"owners no longer ours":  {config: configured(), prior: created(func(m *model) { m.Owners = tfkit.SetOf([]string{objectID}) })},
		"owners emptied":         {config: configured(func(m *model) { m.Owners = tfkit.SetOf(nil) }), prior: created(func(m *model) { m.Owners = tfkit.SetOf([]string{objectID}) }), changes: []string{"owners"}},
		"audience drifted":       {config: configured(), prior: created(func(m *model) { m.SignInAudience = str("AzureADMultipleOrgs") }), changes: []string{"sign_in_audience"}},
		"service principal gone": {config: configured(), prior: created(func(m *model) { m.ServicePrincipalID = types.StringNull() }), changes: []string{"service_principal_id"}},
		"secret gone":            {config: configured(), prior: created(func(m *model) { m.setSecret(types.StringNull()) }), changes: append(slices.Clone(secretUnknown), "unmanaged"), want: func(m model) bool { return m.SecretValue.IsUnknown() }},
		"next secret lives on":   {config: configured(withSecret(30)), prior: created(withSecret(180)), changes: []string{"client_secret", "rotation_due_at"}},
		"secret block removed":   {config: configured(), prior: created(withSecret(180)), changes: []string{"client_secret"}},
		"consent missing": {config: configured(), prior: created(func(m *model) {
			m.MissingConsents, m.ConsentGranted = tfkit.SetOf([]string{"X"}), types.BoolValue(false)
		}), changes: []string{"consent_granted", "missing"}},
		"consent too wide":        {config: configured(), prior: created(func(m *model) { m.ExtraConsents = tfkit.SetOf([]string{"X"}) }), changes: []string{"extra"}},
		"consent somebody else's": {config: configured(noConsent), prior: created(noConsent, func(m *model) { m.MissingConsents = tfkit.SetOf([]string{"X"}) })},
		"consent handed over":     {config: configured(noConsent), prior: created(), changes: []string{"admin_consent"}},
		"permissions without consent": {
			config: configured(noConsent, func(m *model) { m.PermissionProfile = str("read_only") }), prior: created(noConsent),
			changes: []string{"permission_profile", "consent_granted", "missing", "extra"},
		},
		"imported stays":          {config: configured(), prior: created(imported)},
		"imported gets a secret":  {config: configured(withSecret(180)), prior: created(imported), changes: append(append([]string{"client_secret", "authentication"}, secretUnknown...), "unmanaged")},
		"imported gets its cert":  {config: configured(withCertificate(str(certificate.pem))), prior: created(imported), changes: append(append([]string{"certificate", "authentication"}, thumbprints...), "unmanaged")},
		"secret to certificate":   {config: configured(withCertificate(str(certificate.pem))), prior: created(), changes: toCertificate, want: func(m model) bool { return m.SecretValue.IsNull() }},
		"certificate to secret":   {config: configured(), prior: created(byTheCertificate(certificate)), changes: toCertificate, want: func(m model) bool { return m.SecretValue.IsUnknown() && m.Thumbprint.IsNull() }},
		"certificate kept":        {config: configured(withCertificate(str(certificate.pem))), prior: created(byTheCertificate(certificate))},
		"certificate re-encoded":  {config: configured(withCertificate(str(certificate.base64()))), prior: created(byTheCertificate(certificate))},
		"certificate renewed":     {config: configured(withCertificate(str(renewed.pem))), prior: created(byTheCertificate(certificate)), changes: []string{"certificate", "thumbprint", "thumbprint_sha256", "unmanaged", "retiring"}},
		"certificate gone":        {config: configured(withCertificate(str(certificate.pem))), prior: created(byTheCertificate(certificate), func(m *model) { m.setCertificate(types.StringNull()) }), changes: append(slices.Clone(thumbprints), "unmanaged")},
		"Exchange added":          {config: configured(withCertificate(str(certificate.pem)), withExchange(defaultExchangeRole)), prior: created(byTheCertificate(certificate)), changes: []string{"exchange", "exchange_ready"}},
		"Exchange not ready":      {config: configured(withCertificate(str(certificate.pem)), withExchange(defaultExchangeRole)), prior: created(byTheCertificate(certificate), withExchange(defaultExchangeRole)), changes: []string{"exchange_ready"}},
		"Exchange awaits consent": {config: configured(noConsent, withCertificate(str(certificate.pem)), withExchange(defaultExchangeRole)), prior: created(noConsent, byTheCertificate(certificate), withExchange(defaultExchangeRole))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tenant := tt.tenant
			if tenant.IsNull() {
				tenant = home
			}
			out := planFor(tt.config, &tt.prior, tenant)
			slices.Sort(tt.changes)
			got := differences(out.plan, tt.prior)
			slices.Sort(got)
			if !slices.Equal(got, tt.changes) {
				t.Errorf("the plan changes %v, wanted %v", got, tt.changes)
			}
			if tt.want != nil && !tt.want(out.plan) {
				t.Errorf("planned %+v", out.plan)
			}
			var replace []string
			for _, p := range out.replace {
				replace = append(replace, p.String())
			}
			if !slices.Equal(replace, tt.replace) || out.diags.HasError() {
				t.Errorf("replace %v, diagnostics %v", replace, out.diags)
			}
		})
	}
}

func TestPlanRefusesAChangedProviderTenant(t *testing.T) {
	t.Parallel()
	prior := created()
	out := planFor(configured(), &prior, str(otherTenant))
	if len(out.diags) != 1 {
		t.Fatalf("diagnostics %v", out.diags)
	}
	for _, part := range []string{homeTenant, otherTenant, "tenant_id ="} {
		if !strings.Contains(out.diags[0].Detail(), part) {
			t.Errorf("the message lacks %q: %s", part, out.diags[0].Detail())
		}
	}
}

// Exchange Online PowerShell needs a certificate. That of an imported session may be one that nobody declares.
func TestPlanOfExchangeWithoutACertificate(t *testing.T) {
	t.Parallel()
	secret, imported := created(), created(func(m *model) {
		m.Authentication = types.StringNull()
		m.setSecret(types.StringNull())
	})
	for name, tt := range map[string]struct {
		prior   *model
		refused bool
	}{"create": {nil, true}, "with a secret": {&secret, true}, "imported": {&imported, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := planFor(configured(withExchange(defaultExchangeRole)), tt.prior, home)
			if out.diags.HasError() != tt.refused {
				t.Errorf("diagnostics %v", out.diags)
			}
		})
	}
}
