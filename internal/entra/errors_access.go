package entra

import (
	"fmt"
	"strings"
)

// SecondRegisterError says that a tenant has more than one register of access roles.
type SecondRegisterError struct{ Registers []Registration }

func (e *SecondRegisterError) Error() string {
	ids := make([]string, len(e.Registers))
	for i, register := range e.Registers {
		ids[i] = register.ClientID
	}
	return "the tenant has several registers of access roles: " + strings.Join(ids, ", ")
}

// NoRegisterError says that a tenant has no register of access roles.
type NoRegisterError struct {
	Unfinished string // client ID of one that a broken create left; empty when there is none
}

func (e *NoRegisterError) Error() string {
	if e.Unfinished != "" {
		return fmt.Sprintf("the tenant's register of access roles, %s, is unfinished", e.Unfinished)
	}
	return "the tenant has no register of access roles"
}

// NotARegisterError says that what is to be the register of access roles is something else, or not there.
type NotARegisterError struct {
	ClientID    string
	DisplayName string // empty when nothing has the client ID
}

func (e *NotARegisterError) Error() string {
	if e.DisplayName == "" {
		return fmt.Sprintf("no registration has the client ID %s", e.ClientID)
	}
	return fmt.Sprintf("%q (client ID %s) is no register of access roles", e.DisplayName, e.ClientID)
}

// RoleValueTakenError says that an access role cannot be declared, because another role has its value.
type RoleValueTakenError struct {
	Role   AccessRole
	Holder AppRole
}

func (e *RoleValueTakenError) Error() string {
	return fmt.Sprintf("the access role %q cannot be declared: the app role %q (%s) has its value %q",
		e.Role.Name, e.Holder.DisplayName, e.Holder.ID, e.Role.Value)
}

// NoPrincipalError says that nobody who could hold a role is seen with an object id.
type NoPrincipalError struct {
	PrincipalID string
	Type        string // what the object is instead, for example "application"; empty where nothing is seen, perhaps not yet
}

func (e *NoPrincipalError) Error() string {
	if e.Type != "" {
		return fmt.Sprintf("the object %s is of the type %s, which can hold no role", e.PrincipalID, e.Type)
	}
	return fmt.Sprintf("a user, group or service principal with the object ID %s is not there, or not known everywhere yet", e.PrincipalID)
}
