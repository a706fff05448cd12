package appsession

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// movable are the resources of the provider hashicorp/azuread that stand for an app registration.
var movable = []string{"azuread_application", "azuread_application_registration"}

// MoveState takes over app registrations that the provider hashicorp/azuread has managed. Their state tells the client ID,
// and not the tenant: Terraform moves before it configures providers, so that the read after it puts the tenant in, and
// reads the rest as after an import.
func (r *sessionResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: move}}
}

func move(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if !strings.HasSuffix(req.SourceProviderAddress, "/hashicorp/azuread") || !slices.Contains(movable, req.SourceTypeName) {
		return // the framework says so
	}
	var source struct {
		ClientID      string `json:"client_id"`
		ApplicationID string `json:"application_id"` // its name before version 2.44, and the only one until 2.43
	}
	if err := json.Unmarshal(req.SourceRawState.JSON, &source); err != nil {
		resp.Diagnostics.AddError("Unreadable state", fmt.Sprintf("The state of %s is no JSON object: %v.", req.SourceTypeName, err))
		return
	}
	clientID := strings.ToLower(cmp.Or(source.ClientID, source.ApplicationID))
	if !entra.IsGUID(clientID) {
		resp.Diagnostics.AddError("No client ID in the state", fmt.Sprintf(
			"The state of %s has %q for a client ID, so that it cannot be moved. Remove it from the state without destroying it (a removed "+
				"block with destroy = false), and import the App session by its client ID.", req.SourceTypeName, clientID))
		return
	}
	resp.TargetIdentity = nil // to come with the tenant
	resp.Diagnostics.Append(resp.TargetState.SetAttribute(ctx, path.Root("client_id"), clientID)...)
	resp.Diagnostics.Append(resp.TargetState.SetAttribute(ctx, path.Root("id"), clientID)...)
}

// movedElsewhere says that a registration that was moved is not in the provider's tenant. Taking it for gone would make
// another one in its place.
func (m model) movedElsewhere() diag.Diagnostic {
	return diag.NewErrorDiagnostic("The moved registration is not in the provider's tenant", fmt.Sprintf(
		"A moved block has %s become an App session. Its state did not tell the tenant, and in the provider's tenant, %s, there is no app "+
			"registration with this client ID. Choose one way out:\n"+
			"  - it is in another tenant: replace the moved block by a removed block with destroy = false for the old resource, and by an "+
			"import block with id = \"TENANT_ID/%s\" for this one;\n"+
			"  - it is gone: take the moved block and the old state out (terraform state rm), and a new App session is made.",
		m.ClientID.ValueString(), m.tenant(), m.ClientID.ValueString()))
}

// notRead says that a plan knows nothing of the session, because no refresh has read what was moved.
func notRead() diag.Diagnostic {
	return diag.NewErrorDiagnostic("The App session has not been read", "A moved block has another resource become this App session, and "+
		"nothing but its client ID is known of it yet. Plan without -refresh=false.")
}
