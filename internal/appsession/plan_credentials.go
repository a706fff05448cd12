package appsession

import (
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// authentication decides by what the session signs in. After an import that is nobody's business until the
// configuration says so; when a certificate is taken out of the configuration, a secret takes its place.
func (p planning) authentication() types.String {
	switch {
	case tfkit.IsSet(p.config.Certificate):
		return types.StringValue(byCertificate)
	case p.config.Certificate.IsUnknown() || p.config.ClientSecret.IsUnknown():
		return types.StringUnknown()
	case p.config.ClientSecret.IsNull() && p.prior != nil && p.prior.Authentication.IsNull():
		return types.StringNull()
	}
	return types.StringValue(bySecret)
}

func (p planning) planCredentials(plan *model) {
	plan.Authentication = p.authentication()
	plan.ClientSecret = completeSecret(plan.ClientSecret, p.config.ClientSecret)
	plan.RotationPending = types.BoolValue(false) // a rotation that is pending is carried out
	switch {
	case plan.Authentication.IsUnknown():
		plan.setSecret(types.StringUnknown())
		plan.setCertificate(types.StringUnknown())
	case plan.Authentication.ValueString() == bySecret:
		p.planSecret(plan)
		plan.setCertificate(types.StringNull())
	case plan.Authentication.ValueString() == byCertificate:
		plan.setSecret(types.StringNull())
		p.planCertificate(plan)
	default:
		plan.setSecret(types.StringNull())
		plan.setCertificate(types.StringNull())
	}
	plan.RotationDueAt = plan.rotationDueAt()
	p.planRetiring(plan)
	plan.UnmanagedCredentials = types.Int64Unknown()
	if p.prior != nil && !p.changesCredential(*plan) {
		plan.UnmanagedCredentials = p.prior.UnmanagedCredentials
	}
}

// changesCredential tells whether the apply puts another credential in the place of the one of the state.
func (p planning) changesCredential(plan model) bool {
	return !plan.Authentication.Equal(p.prior.Authentication) || !plan.SecretKeyID.Equal(p.prior.SecretKeyID) ||
		!plan.ThumbprintSHA256.Equal(p.prior.ThumbprintSHA256)
}

// completeSecret fills in the days that the configuration leaves open.
func completeSecret(planned, config types.Object) types.Object {
	if !tfkit.IsSet(planned) {
		return planned
	}
	attributes := planned.Attributes()
	rotateBefore, overlap := numberOf(config, "rotate_before_days"), numberOf(config, "overlap_days")
	if valid := numberOf(planned, "valid_days"); rotateBefore.IsNull() {
		rotateBefore = types.Int64Unknown()
		if tfkit.IsSet(valid) {
			rotateBefore = types.Int64Value(int64(usualRotateBefore(int(valid.ValueInt64()))))
		}
	}
	if overlap.IsNull() {
		overlap = types.Int64Unknown()
		if tfkit.IsSet(rotateBefore) {
			overlap = types.Int64Value(int64(usualOverlap(int(rotateBefore.ValueInt64()))))
		}
	}
	attributes["rotate_before_days"], attributes["overlap_days"] = rotateBefore, overlap
	return types.ObjectValueMust(secretTypes, attributes)
}

// makesSecret tells whether the apply makes a secret: the first one, one in the place of one that is gone, or one that
// follows the present one because that is due or asked for, or because it is sealed to somebody else. What is left of a
// rotation whose secret is there already needs no other one.
func (p planning) makesSecret(plan model) bool {
	return p.prior == nil || !tfkit.IsSet(p.prior.SecretKeyID) || p.prior.RotationPending.ValueBool() && !p.prior.isAnswer(p.answer) ||
		strings.TrimSpace(plan.sealedTo().ValueString()) != strings.TrimSpace(p.prior.sealedTo().ValueString())
}

func (p planning) planSecret(plan *model) {
	recipient := plan.sealedTo()
	if !recipient.IsUnknown() && !p.makesSecret(*plan) {
		plan.SecretValue, plan.SecretSealed = p.prior.SecretValue, p.prior.SecretSealed
		plan.SecretKeyID, plan.SecretExpiresAt = p.prior.SecretKeyID, p.prior.SecretExpiresAt
		return
	}
	plan.setSecret(types.StringUnknown())
	switch {
	case recipient.IsUnknown():
	case recipient.IsNull():
		plan.SecretSealed = types.StringNull()
	default:
		plan.SecretValue = types.StringNull()
	}
}

// planCertificate plans what the certificate itself says. The same certificate in another encoding is no change: the
// state keeps the spelling that it has.
func (p planning) planCertificate(plan *model) {
	if text(plan.Certificate, "value").IsNull() {
		p.planWriteOnly(plan)
		return
	}
	certificate, err := pki.ParsePublic(text(plan.Certificate, "value").ValueString())
	if err != nil { // unknown; what is malformed has been refused by the validation
		plan.setCertificate(types.StringUnknown())
		return
	}
	plan.certify(*certificateOf(certificate))
	if p.prior == nil || !tfkit.IsSet(p.prior.Certificate) {
		return
	}
	spelled := text(p.prior.Certificate, "value")
	before, err := pki.ParsePublic(spelled.ValueString())
	if err == nil && before.ThumbprintSHA256() == certificate.ThumbprintSHA256() {
		attributes := plan.Certificate.Attributes()
		attributes["value"] = spelled
		plan.Certificate = types.ObjectValueMust(certificateTypes, attributes)
	}
}

// planWriteOnly plans a certificate that no plan shows: another version of it is another certificate. What it is the apply
// will know.
func (p planning) planWriteOnly(plan *model) {
	version := numberOf(plan.Certificate, writeOnlyVersion)
	if p.prior == nil || version.IsUnknown() || !tfkit.IsSet(p.prior.ThumbprintSHA256) || !version.Equal(numberOf(p.prior.Certificate, writeOnlyVersion)) {
		plan.setCertificate(types.StringUnknown())
		return
	}
	plan.Thumbprint, plan.ThumbprintSHA256 = p.prior.Thumbprint, p.prior.ThumbprintSHA256
	plan.CertificateExpiresAt = p.prior.CertificateExpiresAt
}

// writeOnlyVersion is the attribute that tells when the write-only certificate is another one.
const writeOnlyVersion = "value_wo_version"

// planRetiring plans which credentials stay for their overlap.
func (p planning) planRetiring(plan *model) {
	isDue := func(r retiring) bool { return r.due }
	switch {
	case p.prior == nil:
		plan.Retiring = retiringList(nil)
	case plan.Authentication.IsUnknown():
		plan.Retiring = types.ListUnknown(retiringType)
	case !plan.Authentication.Equal(p.prior.Authentication):
		plan.Retiring = retiringList(nil)
	case p.changesCredential(*plan) && (tfkit.IsSet(p.prior.SecretKeyID) || tfkit.IsSet(p.prior.ThumbprintSHA256)) ||
		slices.ContainsFunc(p.prior.retiring(), func(r retiring) bool { return !r.begun() && !r.due }):
		plan.Retiring = types.ListUnknown(retiringType)
	default:
		plan.Retiring = retiringList(slices.DeleteFunc(p.prior.retiring(), isDue))
	}
}

// numberOf returns a number of client_secret or certificate, null or unknown as the object itself is.
func numberOf(object types.Object, name string) types.Int64 {
	if object.IsUnknown() {
		return types.Int64Unknown()
	}
	if value, ok := object.Attributes()[name].(types.Int64); ok {
		return value
	}
	return types.Int64Null()
}

// The days that apply where the configuration says nothing. A secret of a short life is not followed before half of it.
const (
	defaultValidDays    = 180
	defaultRotateBefore = 30
	defaultOverlap      = 7
)

func usualRotateBefore(valid int) int   { return min(defaultRotateBefore, valid/2) }
func usualOverlap(rotateBefore int) int { return min(defaultOverlap, rotateBefore) }

// secretDays are the days of client_secret.
type secretDays struct {
	valid, rotateBefore, overlap int
	known                        bool
}

func (m model) secretDays() secretDays {
	if m.ClientSecret.IsNull() {
		rotateBefore := usualRotateBefore(defaultValidDays)
		return secretDays{defaultValidDays, rotateBefore, usualOverlap(rotateBefore), true}
	}
	valid, rotateBefore, overlap := numberOf(m.ClientSecret, "valid_days"), numberOf(m.ClientSecret, "rotate_before_days"), numberOf(m.ClientSecret, "overlap_days")
	days := secretDays{valid: int(valid.ValueInt64()), known: !valid.IsUnknown() && !rotateBefore.IsUnknown() && !overlap.IsUnknown()}
	if valid.IsNull() {
		days.valid = defaultValidDays
	}
	if days.rotateBefore = int(rotateBefore.ValueInt64()); rotateBefore.IsNull() {
		days.rotateBefore = usualRotateBefore(days.valid)
	}
	if days.overlap = int(overlap.ValueInt64()); overlap.IsNull() {
		days.overlap = usualOverlap(days.rotateBefore)
	}
	return days
}

// overlapDays is how long a credential stays when another one of its kind has followed it.
func (m model) overlapDays() int {
	if m.Authentication.ValueString() == bySecret {
		return m.secretDays().overlap
	}
	if overlap := numberOf(m.Certificate, "overlap_days"); tfkit.IsSet(overlap) {
		return int(overlap.ValueInt64())
	}
	return defaultOverlap
}

// sealedTo is the recipient of the secret; null when it is kept in clear.
func (m model) sealedTo() types.String { return text(m.ClientSecret, "sealed_to") }
