package tfkit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// explainAccess explains the errors that concern access roles alone; empty for any other.
func (f Failure) explainAccess(err error) string {
	var second *entra.SecondRegisterError
	var none *entra.NoRegisterError
	var stranger *entra.NotARegisterError
	var value *entra.RoleValueTakenError
	var principal *entra.NoPrincipalError
	switch {
	case errors.As(err, &second):
		return f.explainSecondRegister(second)
	case errors.As(err, &none):
		return f.explainNoRegister(none)
	case errors.As(err, &stranger):
		return fmt.Sprintf("access_roles_id: %s in tenant %s. Give the client ID of sapio365_access_roles (its attribute id), which "+
			"carries the tag %s.", stranger.Error(), f.TenantID, entra.TagAccessRoles)
	case errors.As(err, &value):
		return sentence(value.Error()) + " Give that app role another value in the app registration, or remove it (disable it first), then apply again."
	case errors.As(err, &principal):
		return f.explainNoPrincipal(principal)
	}
	return ""
}

func (f Failure) explainSecondRegister(e *entra.SecondRegisterError) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Tenant %s has %d registers of access roles; it may have only one. With the tag %s are:\n",
		f.TenantID, len(e.Registers), entra.TagAccessRoles)
	for _, register := range e.Registers {
		fmt.Fprintf(&b, "  - %q, client ID %s\n", register.DisplayName, register.ClientID)
	}
	b.WriteString("\nDecide which one is to stay. Delete the others in the Entra admin center (App registrations), or take the tag away from them.")
	return b.String()
}

func (f Failure) explainNoRegister(e *entra.NoRegisterError) string {
	if e.Unfinished != "" {
		return fmt.Sprintf("The register of access roles in tenant %s, with client ID %s, is unfinished: whoever creates it has not come to the "+
			"end. Apply the configuration with its resource \"sapio365_access_roles\" again, which finishes it.", f.TenantID, e.Unfinished)
	}
	return fmt.Sprintf("Tenant %s has no register of access roles: no app registration there carries the tag %s. To make one, declare it:\n\n"+
		"resource \"sapio365_access_roles\" \"this\" {}\n\n"+
		"If it is declared in the same configuration, let this data source depend on it, or use the resource's attributes.",
		f.TenantID, entra.TagAccessRoles)
}

func (f Failure) explainNoPrincipal(e *entra.NoPrincipalError) string {
	const give = "Give the object ID of a user, a group or a service principal (enterprise application)"
	switch e.Type {
	case "":
		return fmt.Sprintf("principal_id: in tenant %s, %s. If it was made only minutes ago, apply again later. %s; a user name, a client ID "+
			"or the object ID of an app registration does not do.", f.TenantID, e.Error(), give)
	case "application":
		return fmt.Sprintf("principal_id: %s is the object ID of an app registration, which can hold no role. %s: that of the app registration's "+
			"enterprise application, for example service_principal_id of sapio365_app_session.", e.PrincipalID, give)
	}
	return fmt.Sprintf("principal_id: %s is of the type %s, which can hold no role. %s.", e.PrincipalID, e.Type, give)
}

// explainRegisterTaken says why a register of access roles cannot be made.
func (f Failure) explainRegisterTaken(e *entra.NameTakenError) string {
	switch {
	case e.InProgress:
		return fmt.Sprintf("Another sapio365_access_roles of this run is creating the register of access roles in tenant %s. A tenant has only "+
			"one: remove one of the two resources, or give one of them the tenant_id of another tenant.", f.TenantID)
	case e.Deleted && e.Foreign:
		return fmt.Sprintf("The unique name %q belongs to %q (client ID %s) in the deleted items of tenant %s, which is no register of access "+
			"roles. Purge it there.", e.UniqueName, e.DisplayName, e.ClientID, f.TenantID)
	case e.Deleted:
		return fmt.Sprintf("In tenant %s, deleted registers of access roles hold %q and every other unique name that was tried. Purge them in the "+
			"Entra admin center (App registrations, Deleted applications), or restore one with recover_soft_deleted = true in the provider "+
			"block.", f.TenantID, e.UniqueName)
	case e.Foreign:
		return fmt.Sprintf("The unique name %q belongs to %q (client ID %s) in tenant %s already, which was not made as a register of access "+
			"roles. Nothing was changed. Give that registration another unique name, or, if it is meant to become the register, import it "+
			"(replace NAME by the name of the resource):\n\n%s", e.UniqueName, e.DisplayName, e.ClientID, f.TenantID, f.importBlock(e.ClientID))
	}
	return fmt.Sprintf("Tenant %s has a register of access roles already: %q (client ID %s). A tenant has only one, so no second one was made. "+
		"Nothing was changed.\n\nTo manage that one, import it (replace NAME by the name of the resource):\n\n%s\n\n"+
		"To only use it, read it with the data source sapio365_access_roles.", f.TenantID, e.DisplayName, e.ClientID, f.importBlock(e.ClientID))
}

func (f Failure) importBlock(clientID string) string {
	return fmt.Sprintf("import {\n  to = sapio365_access_roles.NAME\n  id = \"%s/%s\"\n}", f.TenantID, clientID)
}
