package entra_test

import (
	"slices"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func in(days int) time.Time { return noon.AddDate(0, 0, days) }

func ourSecret(id string, days int) entra.Secret {
	return entra.Secret{KeyID: id, DisplayName: entra.SecretDisplayName("0123456789abcdef", ""), ExpiresAt: in(days)}
}

func ourKey(id string, days int) entra.Key {
	return entra.Key{KeyID: id, DisplayName: entra.CertificateDisplayName("CN=x"), ExpiresAt: in(days)}
}

func strangeSecret(id string, days int) entra.Secret {
	return entra.Secret{KeyID: id, DisplayName: "portal", ExpiresAt: in(days)}
}

func strangeKey(id string, days int) entra.Key { return entra.Key{KeyID: id, ExpiresAt: in(days)} }

func TestCredentialsWithoutState(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		secrets     []entra.Secret
		keys        []entra.Key
		kind        entra.CredentialKind
		ends        time.Time
		secret, key string
		strange     int
	}{
		"none":                       {},
		"a secret":                   {secrets: []entra.Secret{ourSecret("a", 5)}, kind: entra.BySecret, ends: in(5), secret: "a"},
		"in overlap":                 {secrets: []entra.Secret{ourSecret("a", 5), ourSecret("b", 180)}, kind: entra.BySecret, ends: in(180), secret: "b"},
		"a longer one of others":     {secrets: []entra.Secret{strangeSecret("x", 700), ourSecret("a", 5)}, kind: entra.BySecret, ends: in(5), secret: "a", strange: 1},
		"of others alone":            {secrets: []entra.Secret{strangeSecret("x", 7), strangeSecret("y", 9)}, kind: entra.BySecret, ends: in(9), secret: "y", strange: 2},
		"a certificate":              {keys: []entra.Key{ourKey("k", 5), ourKey("l", 3)}, kind: entra.ByCertificate, ends: in(5), key: "k"},
		"our certificate":            {secrets: []entra.Secret{strangeSecret("x", 700)}, keys: []entra.Key{ourKey("k", 5)}, kind: entra.ByCertificate, ends: in(5), secret: "x", key: "k", strange: 1},
		"our secret":                 {secrets: []entra.Secret{ourSecret("a", 5)}, keys: []entra.Key{strangeKey("k", 700)}, kind: entra.BySecret, ends: in(5), secret: "a", key: "k", strange: 1},
		"both of others, secret":     {secrets: []entra.Secret{strangeSecret("x", 8)}, keys: []entra.Key{strangeKey("k", 7)}, kind: entra.BySecret, ends: in(8), secret: "x", key: "k", strange: 2},
		"both of ours, certificate":  {secrets: []entra.Secret{ourSecret("a", 8)}, keys: []entra.Key{ourKey("k", 9)}, kind: entra.ByCertificate, ends: in(9), secret: "a", key: "k"},
		"a name that looks like our": {secrets: []entra.Secret{{KeyID: "x", DisplayName: "sapio365 App session", ExpiresAt: in(1)}}, kind: entra.BySecret, ends: in(1), secret: "x", strange: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := entra.Registration{Secrets: tt.secrets, Keys: tt.keys}
			if kind, ends := r.Authentication(); kind != tt.kind || !ends.Equal(tt.ends) {
				t.Errorf("authentication %q until %s", kind, ends)
			}
			secret, _ := r.LastSecret()
			key, _ := r.LastKey()
			if secret.KeyID != tt.secret || key.KeyID != tt.key {
				t.Errorf("secret %q, certificate %q", secret.KeyID, key.KeyID)
			}
			if n := r.UnlabelledCredentials(); n != tt.strange {
				t.Errorf("%d credentials of others", n)
			}
		})
	}
}

func TestSessionFilter(t *testing.T) {
	t.Parallel()
	all := []entra.Registration{
		{DisplayName: "Ost", ClientID: "3", Secrets: []entra.Secret{ourSecret("a", 30)}},
		{DisplayName: "Ärger", ClientID: "4", Secrets: []entra.Secret{ourSecret("a", 31)}},
		{DisplayName: "East", ClientID: "2", Keys: []entra.Key{ourKey("k", -1)}},
		{DisplayName: "East", ClientID: "1"},
	}
	for name, tt := range map[string]struct {
		filter entra.SessionFilter
		want   []string
	}{
		"all, by name and id": {entra.SessionFilter{}, []string{"1", "2", "3", "4"}},
		"prefix":              {entra.SessionFilter{NamePrefix: "eas"}, []string{"1", "2"}},
		"whole name":          {entra.SessionFilter{NamePrefix: "Ost"}, []string{"3"}},
		"longer than it":      {entra.SessionFilter{NamePrefix: "Ostend"}, nil},
		"not ASCII":           {entra.SessionFilter{NamePrefix: "äR"}, []string{"4"}},
		"expiring":            {entra.SessionFilter{EndsBy: in(30)}, []string{"2", "3"}},
		"expired":             {entra.SessionFilter{EndsBy: in(0)}, []string{"2"}},
		"both":                {entra.SessionFilter{NamePrefix: "O", EndsBy: in(31)}, []string{"3"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, r := range tt.filter.Choose(all) {
				got = append(got, r.ClientID)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	if all[0].ClientID != "3" {
		t.Error("what was handed over has been sorted")
	}
}

// Ready is who declares the permission, has it, and holds a role for it.
func TestExchangeReady(t *testing.T) {
	t.Parallel()
	for _, usGovernment := range []bool{false, true} {
		manage := entra.ExchangeManageAsApp(usGovernment)
		whole := entra.Registration{
			Manifest:       entra.Access{manage},
			Roles:          []entra.GrantedRole{{Resource: entra.API{ID: manage.API}, RoleID: manage.ID}},
			DirectoryRoles: []entra.AssignedDirectoryRole{{TemplateID: entra.ExchangeRoles[2].TemplateID}},
		}
		undeclared, unconsented, roleless, elsewhere := whole, whole, whole, whole
		undeclared.Manifest, unconsented.Roles, roleless.DirectoryRoles = nil, nil, nil
		elsewhere.DirectoryRoles = []entra.AssignedDirectoryRole{{TemplateID: "fe930be7-5e62-47db-91af-98c3a49a38b1"}}
		if !whole.ExchangeReady(usGovernment) || whole.ExchangeReady(!usGovernment) || !whole.DeclaresExchange() || undeclared.DeclaresExchange() {
			t.Error("what is whole is not ready, or is in another cloud")
		}
		for _, r := range []entra.Registration{undeclared, unconsented, roleless, elsewhere} {
			if r.ExchangeReady(usGovernment) {
				t.Errorf("ready: %+v", r)
			}
		}
	}
}
