package appsession

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sapio365/terraform-provider-sapio365/internal/seal"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

var (
	secretPath   = path.Root("client_secret")
	sealedToPath = secretPath.AtName("sealed_to")
)

// validateSecret checks the terms of the secret against each other, as far as they are known.
func (m model) validateSecret(diags *diag.Diagnostics) {
	valid, rotateBefore, overlap := numberOf(m.ClientSecret, "valid_days"), numberOf(m.ClientSecret, "rotate_before_days"), numberOf(m.ClientSecret, "overlap_days")
	lives, days := valid.ValueInt64(), m.secretDays()
	if tfkit.IsSet(valid) && (lives < 1 || lives > maxValidDays) {
		diags.AddAttributeError(secretPath.AtName("valid_days"), "Validity out of range", fmt.Sprintf(
			"client_secret.valid_days is %d. Give 1 to %d days.", lives, maxValidDays))
		return
	}
	if early := rotateBefore.ValueInt64(); tfkit.IsSet(rotateBefore) && !valid.IsUnknown() && (early < 0 || early >= int64(days.valid)) {
		diags.AddAttributeError(secretPath.AtName("rotate_before_days"), "Rotation out of range", fmt.Sprintf(
			"client_secret.rotate_before_days is %d, with valid_days = %d. Give 0 to %d: a secret is followed by the next one that many days "+
				"before it expires, which must be within its life.", early, days.valid, days.valid-1))
		return
	}
	longest := int64(days.rotateBefore)
	if stays := overlap.ValueInt64(); tfkit.IsSet(overlap) && (stays < 0 || days.known && stays > longest) {
		diags.AddAttributeError(secretPath.AtName("overlap_days"), "Overlap out of range", fmt.Sprintf(
			"client_secret.overlap_days is %d, with rotate_before_days = %d. Give 0 to %d: a secret that has been followed by the next one cannot "+
				"stay longer than until it expires.", stays, longest, longest))
	}
	m.validateRecipient(diags)
}

func (m model) validateRecipient(diags *diag.Diagnostics) {
	if !tfkit.IsSet(m.sealedTo()) {
		return
	}
	const forms = "Give an age recipient (age1…, from age-keygen -y) or an SSH public key (ssh-ed25519 or ssh-rsa)."
	_, err := seal.Parse(m.sealedTo().ValueString())
	switch {
	case err == nil:
	case errors.Is(err, seal.ErrPrivate):
		diags.AddAttributeError(sealedToPath, "Private key as the recipient",
			"client_secret.sealed_to holds a private key. It would end up in the state, where whoever reads the sealed secret could open it. "+
				"Make a new key, because this one has been written down. "+forms)
	default:
		diags.AddAttributeError(sealedToPath, "Not a recipient", fmt.Sprintf("client_secret.sealed_to cannot be used: %v. %s", err, forms))
	}
}
