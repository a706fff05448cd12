package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

func showConfiguration(_ context.Context, s *scene) error {
	_, resources, _ := strings.Cut(string(configuration), "provider \"sapio365\" {}\n")
	resources, _, _ = strings.Cut(resources, "output ")
	s.screen.quote(resources)
	return nil
}

// measured runs the CLI and says what it cost.
func (s *scene) measured(ctx context.Context, expected int, args ...string) (string, error) {
	s.tenant.ResetRequests()
	began := time.Now()
	out, err := s.cli.Run(ctx, expected, args...)
	if err != nil {
		return out, err
	}
	trips := s.roundTrips()
	plural := "s"
	if trips == 1 {
		plural = ""
	}
	s.screen.say("%.1f s, %d round trip%s to Microsoft Graph", time.Since(began).Seconds(), trips, plural)
	return out, nil
}

func (s *scene) roundTrips() int {
	count := 0
	for _, request := range s.tenant.Requests() {
		if request.Kind == "graph" {
			count++
		}
	}
	return count
}

func apply(ctx context.Context, s *scene) error {
	out, err := s.measured(ctx, 0, "apply", "-auto-approve", "-no-color")
	if err != nil {
		return err
	}
	s.screen.quote(lastLines(out, "Apply complete!"))
	return nil
}

// lastLines returns the output from the line that begins with the text.
func lastLines(out, begin string) string {
	_, rest, ok := strings.Cut(out, begin)
	if !ok {
		return out
	}
	return begin + rest
}

// output reads one output of the configuration.
func (s *scene) output(ctx context.Context, name string) (map[string]any, error) {
	out, err := s.cli.Run(ctx, 0, "output", "-json", name)
	if err != nil {
		return nil, err
	}
	var values map[string]any
	return values, json.Unmarshal([]byte(out), &values)
}

func signInWithSecret(ctx context.Context, s *scene) error {
	values, err := s.output(ctx, "reports")
	if err != nil {
		return err
	}
	clientID, _ := values["client_id"].(string)
	secret, _ := values["client_secret"].(string)
	return s.signIn(ctx, signin.SignInRequest{TenantID: s.tenant.ID(), ClientID: clientID, Secret: secret},
		"User.Read.All", "Reports.Read.All", "AuditLog.Read.All")
}

func signInWithCertificate(ctx context.Context, s *scene) error {
	values, err := s.output(ctx, "mailboxes")
	if err != nil {
		return err
	}
	if ready, _ := values["exchange_powershell_ready"].(bool); !ready {
		return errors.New("the session is not ready for Exchange Online PowerShell")
	}
	clientID, _ := values["client_id"].(string)
	request := signin.SignInRequest{TenantID: s.tenant.ID(), ClientID: clientID, KeyPair: &s.keys}
	if err := s.signIn(ctx, request, "User.Read.All", "MailboxSettings.ReadWrite"); err != nil {
		return err
	}
	s.screen.say("… and for Exchange Online PowerShell:")
	request.Scope = "https://outlook.office365.com/.default"
	return s.signIn(ctx, request, "Exchange.ManageAsApp")
}

// signIn signs in through MSAL as an ordinary client would and checks what the token allows.
func (s *scene) signIn(ctx context.Context, request signin.SignInRequest, expected ...string) error {
	token, err := s.identity.SignInAs(ctx, request)
	if err != nil {
		return err
	}
	s.screen.good("signed in as %s", request.ClientID)
	s.screen.say("roles in the token: %s", strings.Join(token.Claims.Roles, ", "))
	for _, role := range expected {
		if !slices.Contains(token.Claims.Roles, role) {
			return fmt.Errorf("the token lacks the role %s", role)
		}
	}
	return nil
}

// The exit codes of plan -detailed-exitcode.
const (
	noChanges = 0
	changes   = 2
)

func planNothing(ctx context.Context, s *scene) error {
	out, err := s.measured(ctx, noChanges, "plan", "-detailed-exitcode", "-no-color")
	if err != nil {
		return err
	}
	s.screen.good("%s", firstLine(lastLines(out, "No changes.")))
	return nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// drift takes one permission away from a session and gives it another, as an administrator in the portal would.
func drift(ctx context.Context, s *scene) error {
	values, err := s.output(ctx, "reports")
	if err != nil {
		return err
	}
	clientID, _ := values["client_id"].(string)
	if err := s.swapPermission(clientID); err != nil {
		return err
	}
	out, err := s.measured(ctx, changes, "plan", "-detailed-exitcode", "-no-color")
	if err != nil {
		return err
	}
	s.screen.quote(planned(out))
	return nil
}

// planned returns the part of a plan's output that shows the changes.
func planned(out string) string {
	// What stands before is the name of the program, which is not always Terraform.
	_, actions, found := strings.Cut(out, "will perform the following actions:\n")
	if !found {
		return out
	}
	actions, _, _ = strings.Cut(actions, "─────")
	return actions
}

// The ids of Microsoft Graph's roles that the drift is about.
const (
	auditLogReadAll       = "b0afded3-3588-46d8-8b3d-9842eff778da"
	directoryReadWriteAll = "19dbc75e-c2e2-444c-a770-ec69d8559fc7"
)

func (s *scene) swapPermission(clientID string) error {
	principal, err := s.get("/servicePrincipals(appId='" + clientID + "')")
	if err != nil {
		return err
	}
	id, _ := principal["id"].(string)
	list, err := s.get("/servicePrincipals/" + id + "/appRoleAssignments")
	if err != nil {
		return err
	}
	assignments, _ := list["value"].([]any)
	resource := ""
	for _, a := range assignments {
		assignment, _ := a.(map[string]any)
		if assignment["appRoleId"] != auditLogReadAll {
			continue
		}
		resource, _ = assignment["resourceId"].(string)
		path := fmt.Sprintf("/servicePrincipals/%s/appRoleAssignments/%v", id, assignment["id"])
		if status, _, err := s.tenant.Do(http.MethodDelete, path, nil); err != nil || status != http.StatusNoContent {
			return fmt.Errorf("taking the permission away answered %d: %w", status, err)
		}
	}
	status, _, err := s.tenant.Do(http.MethodPost, "/servicePrincipals/"+resource+"/appRoleAssignedTo", map[string]any{
		"principalId": id, "resourceId": resource, "appRoleId": directoryReadWriteAll,
	})
	if err != nil || status != http.StatusCreated {
		return fmt.Errorf("granting the permission answered %d: %w", status, err)
	}
	s.screen.say("an administrator revoked AuditLog.Read.All and granted Directory.ReadWrite.All in the portal")
	return nil
}

func (s *scene) get(path string) (map[string]any, error) {
	status, body, err := s.tenant.Do(http.MethodGet, path, nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("GET %s answered %d", path, status)
	}
	return body, err
}

func repair(ctx context.Context, s *scene) error {
	if err := apply(ctx, s); err != nil {
		return err
	}
	return planNothing(ctx, s)
}

func destroy(ctx context.Context, s *scene) error {
	out, err := s.measured(ctx, 0, "destroy", "-auto-approve", "-no-color")
	if err != nil {
		return err
	}
	s.screen.quote(lastLines(out, "Destroy complete!"))
	list, err := s.get("/applications?$filter=" + "startswith(displayName,'sapio365%20-%20')")
	if err != nil {
		return err
	}
	if left, _ := list["value"].([]any); len(left) > 0 {
		return fmt.Errorf("%d applications are left in the tenant", len(left))
	}
	s.screen.good("no application is left in the tenant")
	return nil
}
