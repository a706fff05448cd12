package appsession

import (
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// Whether a rotation or a removal is due is decided by a refresh alone, and kept in the state. A plan is a function of
// the configuration and the state, because Terraform plans twice, and what fell due in between would break the apply.

// retiring is a credential of ours that another one has followed.
type retiring struct {
	keyID, kind string
	removeAfter types.String // null while its overlap has not begun, because its successor has not been proven
	due         bool
}

// begun tells whether the overlap has.
func (r retiring) begun() bool { return !r.removeAfter.IsNull() }

var retiringType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"key_id": types.StringType, "kind": types.StringType, "remove_after": types.StringType, "due": types.BoolType,
}}

func retiringList(all []retiring) types.List {
	values := make([]attr.Value, len(all))
	for i, r := range all {
		values[i] = types.ObjectValueMust(retiringType.AttrTypes, map[string]attr.Value{
			"key_id": types.StringValue(r.keyID), "kind": types.StringValue(r.kind), "remove_after": r.removeAfter, "due": types.BoolValue(r.due),
		})
	}
	return types.ListValueMust(retiringType, values)
}

// retiring reads the list; nil while it is not known.
func (m model) retiring() []retiring {
	var all []retiring
	for _, element := range m.Retiring.Elements() {
		object, ok := element.(types.Object)
		if !ok {
			continue
		}
		due, _ := object.Attributes()["due"].(types.Bool)
		all = append(all, retiring{
			keyID: text(object, "key_id").ValueString(), kind: text(object, "kind").ValueString(),
			removeAfter: text(object, "remove_after"), due: due.ValueBool(),
		})
	}
	return all
}

// stillThere leaves out what is gone from the registration, and tells of the rest when it expires.
func stillThere(all []retiring, found entra.Registration, each func(r *retiring, expires time.Time)) []retiring {
	var left []retiring
	for _, r := range all {
		expires, ok := expiryOf(r.keyID, found)
		if !ok {
			continue
		}
		each(&r, expires)
		left = append(left, r)
	}
	return left
}

func expiryOf(keyID string, found entra.Registration) (time.Time, bool) {
	if secret, ok := found.Secret(keyID); ok {
		return secret.ExpiresAt, true
	}
	i := slices.IndexFunc(found.Keys, func(k entra.Key) bool { return strings.EqualFold(k.KeyID, keyID) })
	if i < 0 {
		return time.Time{}, false
	}
	return found.Keys[i].ExpiresAt, true
}

// refreshRotation decides what is due. A rotation that somebody has asked for is due at once. It waits for nothing but a
// secret that another rotation has made and that has not been accepted yet: there would be two such.
func (m *model) refreshRotation(found entra.Registration, answer string, now time.Time) {
	all := stillThere(m.retiring(), found, func(r *retiring, expires time.Time) {
		r.due = !expires.After(now) || r.begun() && !now.Before(tfkit.Moment(r.removeAfter))
	})
	m.Retiring = retiringList(all)
	m.RotationDueAt = m.rotationDueAt()
	waits := slices.ContainsFunc(all, func(r retiring) bool { return !r.due })
	pending := !m.RotationDueAt.IsNull() && !now.Before(tfkit.Moment(m.RotationDueAt)) && !waits
	if found.RotationRequested() && m.Authentication.ValueString() == bySecret && tfkit.IsSet(m.SecretKeyID) {
		unproven := slices.ContainsFunc(all, func(r retiring) bool { return !r.begun() && !r.due })
		pending = pending || !unproven || m.isAnswer(answer)
	}
	m.RotationPending = types.BoolValue(pending)
}

// isAnswer tells whether the secret is the one with the key id, which answers a request for a rotation.
func (m model) isAnswer(keyID string) bool {
	return keyID != "" && strings.EqualFold(keyID, m.SecretKeyID.ValueString())
}

// rotationDueAt is when the secret of the state is to be followed by the next one; null without a secret.
func (m model) rotationDueAt() types.String {
	days := m.secretDays()
	switch {
	case m.SecretExpiresAt.IsUnknown() || !days.known:
		return types.StringUnknown()
	case m.SecretExpiresAt.IsNull():
		return types.StringNull()
	}
	return tfkit.Timestamp(tfkit.Moment(m.SecretExpiresAt).AddDate(0, 0, -days.rotateBefore))
}

// keyID is that of the credential in use; empty for none, or one that the registration does not show.
func (m model) keyID(found entra.Registration) string {
	if m.Authentication.ValueString() == bySecret {
		return m.SecretKeyID.ValueString()
	}
	key, _ := found.Key(m.ThumbprintSHA256.ValueString())
	return key.KeyID
}

// retire lists what retires once the state is no longer the prior one: what has been followed by another credential of
// its kind, or else what did before. An overlap begins when the successor has been proven.
func (m model) retire(prior model, found entra.Registration, proven bool, now time.Time) types.List {
	if !m.Authentication.Equal(prior.Authentication) {
		return retiringList(nil)
	}
	all := prior.retiring()
	if previous := prior.keyID(found); previous != "" && !strings.EqualFold(previous, m.keyID(found)) && m.overlapDays() > 0 {
		all = []retiring{{keyID: previous, kind: m.Authentication.ValueString(), removeAfter: types.StringNull()}}
	}
	all = stillThere(all, found, func(r *retiring, _ time.Time) {
		if proven && !r.begun() {
			r.removeAfter = tfkit.Timestamp(now.AddDate(0, 0, m.overlapDays()))
		}
	})
	if proven {
		all = slices.DeleteFunc(all, func(r retiring) bool { return r.due })
	}
	return retiringList(all)
}

// unproven is the present secret where nobody has seen it accepted at sign-in, and its value is known.
func (m model) unproven(answer string) *entra.IssuedSecret {
	waits := slices.ContainsFunc(m.retiring(), func(r retiring) bool { return !r.begun() })
	if !waits && !m.isAnswer(answer) || !tfkit.IsSet(m.SecretValue) {
		return nil
	}
	return &entra.IssuedSecret{Secret: entra.Secret{KeyID: m.SecretKeyID.ValueString()}, Value: m.SecretValue.ValueString()}
}
