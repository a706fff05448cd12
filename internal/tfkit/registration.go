package tfkit

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// Limits of what all registrations have. Microsoft Entra ID allows longer display names than its own portal and sign-in
// pages take; 120 characters work everywhere.
const (
	MaxDisplayName = 120
	MaxOwners      = 100
)

// CheckDisplayName checks the attribute display_name of a registration. A value that is not known passes.
func CheckDisplayName(name types.String, diags *diag.Diagnostics) {
	if !IsSet(name) {
		return
	}
	p, value := path.Root("display_name"), name.ValueString()
	if length := utf8.RuneCountInString(value); length < 1 || length > MaxDisplayName {
		diags.AddAttributeError(p, "Display name too long or empty", fmt.Sprintf(
			"display_name has %d characters. Give it 1 to %d.", length, MaxDisplayName))
	}
	if strings.TrimSpace(value) != value {
		diags.AddAttributeError(p, "Display name with outer white space", fmt.Sprintf(
			"display_name %q begins or ends with white space, which Microsoft Entra ID takes away. Remove it.", value))
	}
}

// CheckOwners checks the attribute owners of a registration, as far as it is known.
func CheckOwners(set types.Set, diags *diag.Diagnostics) {
	owners, _ := Members(set)
	p := path.Root("owners")
	if len(owners) > MaxOwners {
		diags.AddAttributeError(p, "Too many owners", fmt.Sprintf(
			"owners has %d members. Microsoft Entra ID allows %d owners of a registration.", len(owners), MaxOwners))
	}
	for _, owner := range owners {
		if !entra.IsGUID(owner) {
			diags.AddAttributeError(p, "Not an object ID", fmt.Sprintf(
				"%q in owners is not a GUID. Give the object ID of a user or of a service principal, not a user name or a client ID.", owner))
		}
	}
}

// ShownOwners are the owners without the hidden ones, unless those are listed. Known owners keep their spelling.
func ShownOwners(listed types.Set, owners []entra.Owner) types.Set {
	names, _ := Members(listed)
	shown := []string{}
	for _, owner := range owners {
		isListed := slices.ContainsFunc(names, func(name string) bool { return SameID(name, owner.ObjectID) })
		if !isListed && !owner.Hidden {
			shown = append(shown, owner.ObjectID)
		}
	}
	for _, name := range names {
		for _, owner := range owners {
			if SameID(owner.ObjectID, name) {
				shown = append(shown, name)
			}
		}
	}
	return SetOf(shown)
}

// WantedOwners are the owners that the domain is asked for: those that are configured, nil when none are managed.
func WantedOwners(configured types.Set) []string {
	if !IsSet(configured) {
		return nil
	}
	owners, _ := Members(configured)
	return append([]string{}, owners...) // an empty set is managed, too
}

// StoredOwners are the owners that the state tells of.
func StoredOwners(stored types.Set) []entra.Owner {
	var owners []entra.Owner
	ids, _ := Members(stored)
	for _, id := range ids {
		owners = append(owners, entra.Owner{ObjectID: id})
	}
	return owners
}

// PlanOwners plans the owners: those that are configured, or else, when they are not managed, those that are there.
func PlanOwners(configured types.Set, prior types.Set) types.Set {
	if !configured.IsNull() {
		return configured
	}
	return prior
}
