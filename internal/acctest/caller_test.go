package acctest

import (
	"slices"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

// Each kind of caller holds exactly its permissions, and only one of them those on all applications.
func TestCallers(t *testing.T) {
	t.Parallel()
	s, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	tenant, err := s.Tenant(emulator.TenantOptions{})
	if err != nil {
		t.Fatal(err)
	}
	cloud, _ := signin.LookupCloud("public")
	cloud.LoginEndpoint, cloud.GraphEndpoint = s.URL(), s.URL()
	for kind, want := range callers {
		caller, err := administratorOf(tenant, kind)
		if err != nil {
			t.Fatal(err)
		}
		identity, err := signin.New(signin.Config{
			TenantID: tenant.ID(), ClientID: caller.ClientID, Cloud: cloud, HTTPClient: s.Client(),
			Credential: signin.NewSecret(caller.ClientSecret, "the test"),
		})
		if err != nil {
			t.Fatal(err)
		}
		token, err := identity.Token(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		holds := slices.Sorted(slices.Values(token.Claims.Roles))
		if !slices.Equal(holds, slices.Sorted(slices.Values(want))) {
			t.Errorf("%s holds %v", kind, holds)
		}
		if slices.Contains(holds, "Application.ReadWrite.All") != (kind == callerAll) {
			t.Errorf("%s holds %v", kind, holds)
		}
	}
	if _, err := administratorOf(tenant, "owned"); err == nil || !strings.Contains(err.Error(), "owned_by or all") {
		t.Errorf("an unknown kind: %v", err)
	}
}
