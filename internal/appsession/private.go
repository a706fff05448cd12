package appsession

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// memory is what the private state keeps between runs: what saves look-ups, and what the state cannot show.
type memory struct {
	hints       entra.Hints
	resolutions resolutions
	lapsed      lapsed
	// answer is the key id of the secret that a failed update has made of a request for a rotation. What is left to do is
	// to see it accepted, and to take the request off.
	answer string
}

// answerAmong is the answer that there is after an update that failed.
func (m memory) answerAmong(result entra.Result) string {
	switch {
	case !result.Registration.RotationRequested():
		return ""
	case result.Issued != nil:
		return result.Issued.KeyID
	}
	return m.answer
}

// answerAfter is the answer that there is once the state is no longer the prior one.
func (m memory) answerAfter(state model, found entra.Registration) string {
	if !found.RotationRequested() || !state.isAnswer(m.answer) {
		return ""
	}
	return m.answer
}

// lapsed is what is ours on the registration although the state does not show it, so that the next apply can take it
// away.
type lapsed struct {
	Secret        string   `json:"secret,omitempty"`         // key id of a secret that has expired or gone
	Certificates  []string `json:"certificates,omitempty"`   // SHA-256 of certificates that were gone, or that a failed update added
	DirectoryRole string   `json:"directory_role,omitempty"` // template id of a role that the state shows as missing
}

// after is what has lapsed once the state is no longer the prior one.
func (l lapsed) after(prior, state model, found entra.Registration) lapsed {
	retires := slices.ContainsFunc(state.retiring(), func(r retiring) bool { return r.keyID == prior.SecretKeyID.ValueString() })
	if tfkit.IsSet(prior.SecretKeyID) && !prior.SecretKeyID.Equal(state.SecretKeyID) && !retires {
		l.Secret = prior.SecretKeyID.ValueString()
	}
	if sha256 := prior.ThumbprintSHA256.ValueString(); sha256 != "" && !prior.ThumbprintSHA256.Equal(state.ThumbprintSHA256) {
		l.Certificates = with(l.Certificates, sha256)
	}
	if role := prior.directoryRole(); role != "" {
		l.DirectoryRole = role
	}
	if state.directoryRole() != "" || !found.HoldsDirectoryRole(l.DirectoryRole) {
		l.DirectoryRole = ""
	}
	return l
}

// withAdded adds a certificate that a failed update has put on the registration.
func (l lapsed) withAdded(wanted *entra.Certificate, state model, found entra.Registration) lapsed {
	if wanted == nil || wanted.SHA256 == state.ThumbprintSHA256.ValueString() {
		return l
	}
	if _, ok := found.Key(wanted.SHA256); ok {
		l.Certificates = with(l.Certificates, wanted.SHA256)
	}
	return l
}

func with(all []string, one string) []string {
	if slices.Contains(all, one) {
		return all
	}
	return append(slices.Clone(all), one)
}

// addTo completes what the state says to be ours.
func (l lapsed) addTo(owned entra.Owned) entra.Owned {
	if l.Secret != "" {
		owned.Superseded = append(slices.Clone(owned.Superseded), l.Secret)
	}
	owned.OldCertificates = l.Certificates
	if owned.DirectoryRole == "" {
		owned.DirectoryRole = l.DirectoryRole
	}
	return owned
}

// Keys of the private state.
const (
	hintsKey       = "hints"
	resolutionsKey = "permissions"
	lapsedKey      = "lapsed"
	answerKey      = "answer"
)

func (m *memory) slots() map[string]any {
	return map[string]any{hintsKey: &m.hints, resolutionsKey: &m.resolutions, lapsedKey: &m.lapsed, answerKey: &m.answer}
}

func loadMemory(ctx context.Context, private tfkit.PrivateReader) (memory, diag.Diagnostics) {
	var m memory
	diags := tfkit.LoadPrivate(ctx, private, m.slots())
	return m, diags
}

func (m memory) save(ctx context.Context, private tfkit.PrivateWriter) diag.Diagnostics {
	return tfkit.SavePrivate(ctx, private, m.slots())
}
