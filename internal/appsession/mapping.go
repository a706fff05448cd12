package appsession

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
	"github.com/sapio365/terraform-provider-sapio365/internal/seal"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// session is what the plan asks of the domain. Owners come from the configuration, because the plan also shows those
// that are not managed, and so does a write-only certificate, which no plan shows.
func (m model) session(access entra.Access, config model) (entra.Session, error) {
	session := entra.Session{
		UniqueName:         m.UniqueName.ValueString(),
		DisplayName:        m.DisplayName.ValueString(),
		Notes:              m.Description.ValueString(),
		Access:             access,
		Consent:            m.AdminConsent.ValueBool(),
		AssignmentRequired: m.AssignmentReq.ValueBool(),
		DirectoryRole:      m.directoryRole(),
		Owners:             tfkit.WantedOwners(config.Owners),
		VerifySignIn:       m.VerifySignIn.ValueBool(),
	}
	switch m.Authentication.ValueString() {
	case bySecret:
		if to := m.sealedTo(); tfkit.IsSet(to) {
			if _, err := seal.Parse(to.ValueString()); err != nil {
				return entra.Session{}, fmt.Errorf("client_secret.sealed_to: %w", err)
			}
		}
		session.Secret = &entra.SecretTerms{ValidDays: m.secretDays().valid}
	case byCertificate:
		certificate, err := m.certificate(config)
		if err != nil {
			return entra.Session{}, fmt.Errorf("certificate: %w", err)
		}
		session.Certificate = certificateOf(certificate)
	}
	session.OverlapDays = m.overlapDays()
	return session, nil
}

// certificate reads the certificate, of which only the public part is used.
func (m model) certificate(config model) (pki.Certificate, error) {
	if value := text(m.Certificate, "value"); tfkit.IsSet(value) {
		return pki.ParsePublic(value.ValueString())
	}
	return pki.ParseCertificate(text(config.Certificate, "value_wo").ValueString(), text(config.Certificate, "value_wo_password").ValueString())
}

func certificateOf(c pki.Certificate) *entra.Certificate {
	return &entra.Certificate{
		DER: c.DER, SHA1: c.ThumbprintSHA1(), SHA256: c.ThumbprintSHA256(),
		Subject: c.X509.Subject.String(), NotBefore: c.NotBefore(), NotAfter: c.NotAfter(),
	}
}

// directoryRole is the template id of the role that Exchange Online PowerShell asks for, empty for none.
func (m model) directoryRole() string {
	role, _ := entra.ExchangeRole(text(m.Exchange, "role").ValueString())
	return role.TemplateID
}

// ref points to the registration that the state describes.
func (m model) ref(kept memory) entra.Ref {
	owned := kept.lapsed.addTo(m.owned())
	return entra.Ref{
		ClientID:           m.ClientID.ValueString(),
		ObjectID:           m.ApplicationObjectID.ValueString(),
		ServicePrincipalID: m.ServicePrincipalID.ValueString(),
		DirectoryRoles:     !m.Exchange.IsNull() || m.isImported() || owned.DirectoryRole != "",
		Owned:              owned,
		Hints:              kept.hints,
	}
}

// hints are what the next read, made with this state, compares what it sees with: it may ask for less than this one did.
func (m model) hints(kept memory, found entra.Registration) entra.Hints {
	if !m.ref(kept).DirectoryRoles {
		found.DirectoryRoles = nil
	}
	return found.Hints()
}

func (m model) owned() entra.Owned {
	owned := entra.Owned{
		SecretKeyID:       m.SecretKeyID.ValueString(),
		CertificateSHA256: m.ThumbprintSHA256.ValueString(),
		DirectoryRole:     m.directoryRole(),
	}
	for _, r := range m.retiring() {
		owned.Retiring = append(owned.Retiring, entra.Retiring{KeyID: r.keyID, Due: r.due})
	}
	return owned
}

// isImported tells whether the state holds nothing but what an import gives.
func (m model) isImported() bool { return m.DisplayName.IsNull() }

// tenant is the tenant of the session, in lower case as identities and tokens have it.
func (m model) tenant() string { return strings.ToLower(m.TenantID.ValueString()) }

func (m model) identity() tfkit.RegistrationIdentity {
	return tfkit.RegistrationIdentity{TenantID: types.StringValue(m.tenant()), ClientID: m.ClientID}
}

// observation is a registration with what is needed to read it.
type observation struct {
	entra.Registration
	declared entra.Access // what consent is compared with
	lapsed   lapsed
	answer   string // key id of the secret that answers a request for a rotation
	cloud    signin.Cloud
}

// observe takes over what is computed from the registration alone.
func (m *model) observe(o observation) {
	m.ID = types.StringValue(o.ClientID)
	m.ClientID = types.StringValue(o.ClientID)
	m.ApplicationObjectID = types.StringValue(o.ObjectID)
	m.ServicePrincipalID = types.StringNull()
	if o.ServicePrincipal != nil {
		m.ServicePrincipalID = types.StringValue(o.ServicePrincipal.ObjectID)
	}
	m.UniqueName = tfkit.OrNull(o.UniqueName)
	m.SignInAudience = tfkit.OrNull(o.Audience)
	m.Owners = tfkit.ShownOwners(m.Owners, o.Owners)
	missing, extra := o.MissingConsents(o.declared), o.ExtraConsents(o.declared)
	m.MissingConsents, m.ExtraConsents = tfkit.SetOf(missing.Labels()), tfkit.SetOf(extra.Labels())
	m.ConsentGranted = types.BoolValue(len(missing) == 0)
	m.ConsentURL = types.StringValue(o.cloud.AdminConsentURL(m.tenant(), o.ClientID))
	m.UnmanagedCredentials = types.Int64Value(int64(o.UnmanagedCredentials(o.lapsed.addTo(m.owned()))))
	m.ExchangeReady = types.BoolValue(o.exchangeReady(*m))
}

func (o observation) exchangeReady(m model) bool {
	role := m.directoryRole()
	consented := len(o.MissingConsents(m.impliedAccess(o.cloud.IsUSGovernment()))) == 0
	return role != "" && consented && o.HoldsDirectoryRole(role)
}

// issue takes over a new client secret, sealed where there is a recipient: then its value goes nowhere else. One that
// cannot be sealed is given up, so that the next plan makes another.
func (m *model) issue(secret entra.IssuedSecret) error {
	m.SecretValue, m.SecretSealed = types.StringValue(secret.Value), types.StringNull()
	m.SecretKeyID = types.StringValue(secret.KeyID)
	m.SecretExpiresAt = tfkit.Timestamp(secret.ExpiresAt)
	if m.sealedTo().IsNull() {
		return nil
	}
	m.SecretValue = types.StringNull()
	recipient, err := seal.Parse(m.sealedTo().ValueString())
	if err == nil {
		var sealed string
		sealed, err = recipient.Seal(secret.Value)
		m.SecretSealed = types.StringValue(sealed)
	}
	if err != nil {
		m.setSecret(types.StringNull())
	}
	return err
}

// certify takes over a configured certificate.
func (m *model) certify(c entra.Certificate) {
	m.Thumbprint, m.ThumbprintSHA256 = types.StringValue(c.SHA1), types.StringValue(c.SHA256)
	m.CertificateExpiresAt = tfkit.Timestamp(c.NotAfter)
}

func (m *model) setSecret(value types.String) {
	m.SecretValue, m.SecretSealed, m.SecretKeyID, m.SecretExpiresAt, m.RotationDueAt = value, value, value, value, value
}

func (m *model) setCertificate(value types.String) {
	m.Thumbprint, m.ThumbprintSHA256, m.CertificateExpiresAt = value, value, value
}

// settled is the state after an apply: what was planned, and what the apply decided where the plan left that open.
// Building it from the plan keeps a lagging read from contradicting what was just written.
func (m model) settled(actual model) model {
	tfkit.Settle(&m.TenantID, actual.TenantID)
	tfkit.Settle(&m.UniqueName, actual.UniqueName)
	tfkit.Settle(&m.Owners, actual.Owners)
	tfkit.Settle(&m.ID, actual.ID)
	tfkit.Settle(&m.ClientID, actual.ClientID)
	tfkit.Settle(&m.ApplicationObjectID, actual.ApplicationObjectID)
	tfkit.Settle(&m.ServicePrincipalID, actual.ServicePrincipalID)
	tfkit.Settle(&m.SignInAudience, actual.SignInAudience)
	tfkit.Settle(&m.SecretValue, actual.SecretValue)
	tfkit.Settle(&m.SecretSealed, actual.SecretSealed)
	tfkit.Settle(&m.SecretKeyID, actual.SecretKeyID)
	tfkit.Settle(&m.SecretExpiresAt, actual.SecretExpiresAt)
	tfkit.Settle(&m.Thumbprint, actual.Thumbprint)
	tfkit.Settle(&m.ThumbprintSHA256, actual.ThumbprintSHA256)
	tfkit.Settle(&m.CertificateExpiresAt, actual.CertificateExpiresAt)
	tfkit.Settle(&m.RotationDueAt, actual.RotationDueAt)
	tfkit.Settle(&m.Retiring, actual.Retiring)
	tfkit.Settle(&m.ConsentGranted, actual.ConsentGranted)
	tfkit.Settle(&m.ConsentURL, actual.ConsentURL)
	tfkit.Settle(&m.MissingConsents, actual.MissingConsents)
	tfkit.Settle(&m.ExtraConsents, actual.ExtraConsents)
	tfkit.Settle(&m.UnmanagedCredentials, actual.UnmanagedCredentials)
	tfkit.Settle(&m.ExchangeReady, actual.ExchangeReady)
	return m
}

// applied is the state after an apply that succeeded at the time. A new secret is taken over even where none was planned,
// because its value is told only once.
func (m model) applied(want entra.Session, result entra.Result, o observation, prior *model, now time.Time) (model, error) {
	actual := m
	if want.Certificate != nil {
		actual.certify(*want.Certificate)
		tfkit.Settle(&m.ThumbprintSHA256, actual.ThumbprintSHA256)
	}
	actual.setSecret(types.StringNull())
	var err error
	if result.Issued != nil {
		err = actual.issue(*result.Issued)
		m.SecretValue, m.SecretSealed = actual.SecretValue, actual.SecretSealed
		m.SecretKeyID, m.SecretExpiresAt = actual.SecretKeyID, actual.SecretExpiresAt
		m.RotationDueAt = types.StringUnknown()
	}
	actual.RotationDueAt = actual.rotationDueAt()
	if actual.Retiring = retiringList(nil); prior != nil {
		actual.Retiring = m.retire(*prior, o.Registration, true, now)
	}
	actual.observe(o)
	return m.settled(actual), err
}
