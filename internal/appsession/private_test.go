package appsession

import (
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// What leaves the state and is still on the registration stays ours to remove.
func TestLapsed(t *testing.T) {
	t.Parallel()
	role, other := entra.ExchangeRoles[0], entra.ExchangeRoles[1]
	holding := entra.Registration{DirectoryRoles: []entra.AssignedDirectoryRole{{TemplateID: role.TemplateID}}}
	with := func(name string) model {
		return model{Exchange: exchangeValue(tfkit.OrNull(name)), SecretKeyID: types.StringValue("key")}
	}
	without := model{Exchange: types.ObjectNull(exchangeTypes), SecretKeyID: types.StringValue("key")}
	for name, c := range map[string]struct {
		before       lapsed
		prior, state model
		found        entra.Registration
		after        lapsed
	}{
		"nothing changed":            {lapsed{}, with(role.Name), with(role.Name), holding, lapsed{}},
		"shown as missing, but held": {lapsed{}, with(role.Name), with(""), holding, lapsed{DirectoryRole: role.TemplateID}},
		"really missing":             {lapsed{}, with(role.Name), with(""), entra.Registration{}, lapsed{}},
		"still held at the next read": {
			lapsed{DirectoryRole: role.TemplateID}, with(""), with(""), holding, lapsed{DirectoryRole: role.TemplateID},
		},
		"back": {lapsed{DirectoryRole: role.TemplateID}, with(""), with(role.Name), holding, lapsed{}},
		"the secret has left": {
			lapsed{}, without, model{Exchange: without.Exchange, SecretKeyID: types.StringNull()}, holding, lapsed{Secret: "key"},
		},
	} {
		if got := c.before.after(c.prior, c.state, c.found); !reflect.DeepEqual(got, c.after) {
			t.Errorf("%s: %+v, want %+v", name, got, c.after)
		}
	}
	owned := lapsed{Secret: "old", Certificates: []string{"AA"}, DirectoryRole: role.TemplateID}.addTo(entra.Owned{})
	if !reflect.DeepEqual(owned, entra.Owned{Superseded: []string{"old"}, OldCertificates: []string{"AA"}, DirectoryRole: role.TemplateID}) {
		t.Errorf("owned %+v", owned)
	}
	if owned := (lapsed{DirectoryRole: role.TemplateID}).addTo(entra.Owned{DirectoryRole: other.TemplateID}); owned.DirectoryRole != other.TemplateID {
		t.Errorf("the role of the state is overruled: %+v", owned)
	}
}

// A certificate that a failed update has added is remembered, once.
func TestLapsedCertificate(t *testing.T) {
	t.Parallel()
	found := entra.Registration{Keys: []entra.Key{{SHA256: "AA"}, {SHA256: "BB"}}}
	state := model{ThumbprintSHA256: types.StringValue("AA")}
	for name, c := range map[string]struct {
		wanted *entra.Certificate
		want   []string
	}{
		"none wanted":     {nil, nil},
		"that of before":  {&entra.Certificate{SHA256: "AA"}, nil},
		"a new one":       {&entra.Certificate{SHA256: "BB"}, []string{"BB"}},
		"one never added": {&entra.Certificate{SHA256: "CC"}, nil},
	} {
		l := lapsed{}.withAdded(c.wanted, state, found).withAdded(c.wanted, state, found)
		if !reflect.DeepEqual(l.Certificates, c.want) {
			t.Errorf("%s: %v", name, l.Certificates)
		}
	}
}
