package rotation_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sapio365/terraform-provider-sapio365/internal/acctest"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

func TestMain(m *testing.M) { acctest.Main(m) }

const action = "sapio365_rotate_secret"

// site is a tenant with what a test of the action looks at.
type site struct {
	acctest.Emulated
	t *testing.T
}

func newSite(t *testing.T) site {
	t.Helper()
	return site{acctest.NewEmulated(t, "actions are invoked by the protocol there", emulator.TenantOptions{}), t}
}

func (s site) rotate(clientID string, revoke bool) acctest.Invocation {
	s.t.Helper()
	return s.rotateAs(s.Admin(), entra.IgnoreAccess, clientID, revoke)
}

func (s site) rotateAs(as emulator.Identity, enforcement entra.Enforcement, clientID string, revoke bool) acctest.Invocation {
	s.t.Helper()
	set := map[string]tftypes.Value{"client_id": tftypes.NewValue(tftypes.String, clientID)}
	if revoke {
		set["revoke_now"] = tftypes.NewValue(tftypes.Bool, true)
	}
	return s.Invoke(s.t, action, as, enforcement, set)
}

// application makes an application with the tags.
func (s site) application(tags ...string) (clientID, objectID string) {
	s.t.Helper()
	made := s.Graph(s.t, http.MethodPost, "/applications", map[string]any{"displayName": s.Name(), "tags": tags})
	return fmt.Sprint(made["appId"]), fmt.Sprint(made["id"])
}

// addSecret adds a client secret with the label.
func (s site) addSecret(objectID, label string) {
	s.t.Helper()
	s.Graph(s.t, http.MethodPost, "/applications/"+objectID+"/addPassword", map[string]any{"passwordCredential": map[string]any{"displayName": label}})
}

// shown are the tags of an application and the labels of its client secrets.
func (s site) shown(objectID string) (tags, labels []string) {
	s.t.Helper()
	application := s.Graph(s.t, http.MethodGet, "/applications/"+objectID, nil)
	all, _ := application["tags"].([]any)
	for _, tag := range all {
		tags = append(tags, fmt.Sprint(tag))
	}
	secrets, _ := application["passwordCredentials"].([]any)
	for _, secret := range secrets {
		properties, _ := secret.(map[string]any)
		labels = append(labels, fmt.Sprint(properties["displayName"]))
	}
	slices.Sort(tags)
	return tags, labels
}

func said(diagnostics []*tfprotov6.Diagnostic) string {
	var b strings.Builder
	for _, d := range diagnostics {
		fmt.Fprintf(&b, "%s at %s: %s\n%s\n", d.Severity, d.Attribute, d.Summary, d.Detail)
	}
	return b.String()
}

var label = entra.SecretDisplayName("0123456789abcdef", "")

func TestRotateSecret(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	clientID, objectID := s.application("theirs", entra.TagAppSession)
	s.addSecret(objectID, label)
	s.addSecret(objectID, "by hand")
	want := []string{entra.TagAppSession, entra.TagRotateRequested, "theirs"}
	for _, asked := range []string{"was asked for", "had been asked for already"} {
		done := s.rotate(clientID, false)
		if len(done.Planned)+len(done.Diagnostics) > 0 || len(done.Progress) != 1 || !strings.Contains(done.Progress[0], asked) ||
			!strings.Contains(done.Progress[0], s.Name()) {
			t.Errorf("%v\n%s%s", done.Progress, said(done.Planned), said(done.Diagnostics))
		}
		if tags, labels := s.shown(objectID); !slices.Equal(tags, want) || len(labels) != 2 {
			t.Errorf("tags %v, secrets %v", tags, labels)
		}
	}
}

// A revocation is announced by the plan and before it begins, and removes what is the provider's alone.
func TestRotateSecretRevokes(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	clientID, objectID := s.application(entra.TagAppSession)
	s.addSecret(objectID, label)
	s.addSecret(objectID, "by hand")
	done := s.rotate(clientID, true)
	if plan := said(done.Planned); len(done.Planned) != 1 || !strings.HasPrefix(plan, "WARNING") || !strings.Contains(plan, "until the next apply") {
		t.Errorf("the plan says %s", plan)
	}
	if len(done.Progress) != 3 || !strings.Contains(done.Progress[0], "outage") || !strings.Contains(done.Progress[2], "removed: 1") {
		t.Errorf("the invocation says %q", done.Progress)
	}
	if text := said(done.Diagnostics); acctest.HasErrors(done.Diagnostics) || !strings.Contains(text, "An outage until the next apply") {
		t.Error(text)
	}
	if tags, labels := s.shown(objectID); !slices.Contains(tags, entra.TagRotateRequested) || !slices.Equal(labels, []string{"by hand"}) {
		t.Errorf("tags %v, secrets %v", tags, labels)
	}
	again := s.rotate(clientID, true)
	if text := said(again.Diagnostics); acctest.HasErrors(again.Diagnostics) || !strings.Contains(text, "No client secret of the provider") {
		t.Error(text)
	}
}

// What is no App session is refused at the attribute that names it, and nothing is written.
func TestRotateSecretIsRefused(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	foreign, objectID := s.application("theirs")
	s.addSecret(objectID, label)
	unfinished, _ := s.application(entra.TagAppSession, entra.TagProvisioning("0123456789abcdef"))
	s.ResetRequests()
	for name, c := range map[string]struct{ clientID, says string }{
		"none":       {"8ba3c1f0-3c5d-4f0e-9a8c-2f6f0d3b7e11", "has no application with the client ID"},
		"foreign":    {foreign, "lacks the tag " + entra.TagAppSession},
		"unfinished": {unfinished, "still being set up"},
	} {
		done := s.rotate(c.clientID, true)
		at := tftypes.NewAttributePath().WithAttributeName("client_id")
		if text := said(done.Diagnostics); len(done.Diagnostics) != 1 || !acctest.HasErrors(done.Diagnostics) ||
			!done.Diagnostics[0].Attribute.Equal(at) || !strings.Contains(text, c.says) {
			t.Errorf("%s: %s", name, text)
		}
	}
	for name, set := range map[string]map[string]tftypes.Value{
		"client": {"client_id": tftypes.NewValue(tftypes.String, "Jobs")},
		"tenant": {"client_id": tftypes.NewValue(tftypes.String, foreign), "tenant_id": tftypes.NewValue(tftypes.String, "contoso.com")},
	} {
		if done := s.Invoke(t, action, s.Admin(), entra.IgnoreAccess, set); len(done.Planned) != 1 || !strings.Contains(said(done.Planned), "not a GUID") {
			t.Errorf("%s: %s", name, said(done.Planned))
		}
	}
	s.wroteNothing()
}

func (s site) wroteNothing() {
	s.t.Helper()
	for _, request := range s.Requests() {
		for _, part := range append(request.Parts, request) {
			if part.Kind != emulator.KindToken && part.Method != http.MethodGet && !strings.HasSuffix(part.Path, "$batch") {
				s.t.Errorf("it wrote: %s %s", part.Method, part.Path)
			}
		}
	}
}

// Whoever may not change App sessions may ask for nothing either.
func TestRotateSecretAsksTheRule(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	clientID, objectID := s.application(entra.TagAppSession)
	s.addSecret(objectID, label)
	caller := s.Caller(t, "Application.ReadWrite.All", "GroupMember.Read.All")
	s.ResetRequests()
	done := s.rotateAs(caller, entra.Enforce, clientID, true)
	text := said(done.Diagnostics)
	if !acctest.HasErrors(done.Diagnostics) || !strings.Contains(text, `"Access App sessions"`) || !strings.Contains(text, caller.ObjectID) {
		t.Error(text)
	}
	if len(done.Progress) > 0 {
		t.Errorf("it says %q", done.Progress)
	}
	s.wroteNothing()
	done = s.rotateAs(caller, entra.WarnOfAccess, clientID, false)
	if tags, _ := s.shown(objectID); acctest.HasErrors(done.Diagnostics) || !slices.Contains(tags, entra.TagRotateRequested) {
		t.Errorf("tags %v\n%s", tags, said(done.Diagnostics))
	}
}

const address = "sapio365_app_session.test"

// With the real CLI: after the action a plan shows a new secret, its apply makes one, which signs in, and the plan after it
// is empty. Whoever revoked the secret has none in between.
func TestAccRotateSecret(t *testing.T) {
	t.Parallel()
	for _, revoke := range []bool{false, true} {
		t.Run(fmt.Sprintf("revoking %t", revoke), func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			config := s.Provider() + fmt.Sprintf("resource \"sapio365_app_session\" \"test\" {\n  display_name = %q\n"+
				"  permissions = { \"Microsoft Graph\" = { application = [\"User.Read.All\"] } }\n}\n", s.Name())
			var clientID, objectID, secret string
			keep := func(state *terraform.State) error {
				found := state.RootModule().Resources[address].Primary.Attributes
				again := secret == found["client_secret_value"]
				clientID, objectID, secret = found["client_id"], found["application_object_id"], found["client_secret_value"]
				if again {
					return fmt.Errorf("the secret is the one before")
				}
				tags, labels := s.shown(objectID)
				if want := 2; !slices.Equal(tags, []string{entra.TagAppSession}) || len(labels) > want {
					return fmt.Errorf("tags %v, %d secrets", tags, len(labels))
				}
				return s.SignIn(signin.SignInRequest{ClientID: clientID, Secret: secret}, func(signin.Claims) error { return nil })
			}
			resource.Test(t, resource.TestCase{
				ProtoV6ProviderFactories: acctest.Factories, CheckDestroy: s.CheckDestroy,
				Steps: []resource.TestStep{
					{Config: config, Check: keep},
					{
						PreConfig: func() {
							if done := s.rotate(clientID, revoke); acctest.HasErrors(done.Diagnostics) {
								t.Error(said(done.Diagnostics))
							}
							if _, labels := s.shown(objectID); (len(labels) == 0) != revoke {
								t.Errorf("%d secrets after the action", len(labels))
							}
						},
						Config: config,
						ConfigPlanChecks: resource.ConfigPlanChecks{
							PreApply: []plancheck.PlanCheck{
								plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate),
								plancheck.ExpectUnknownValue(address, tfjsonpath.New("client_secret_value")),
								plancheck.ExpectKnownValue(address, tfjsonpath.New("rotation_pending"), knownvalue.Bool(false)),
							},
							PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
						},
						Check: keep,
					},
				},
			})
		})
	}
}
