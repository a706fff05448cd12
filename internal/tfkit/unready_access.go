package tfkit

import (
	"context"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

type unreadyRegisters struct{ err error }

func (u unreadyRegisters) Create(context.Context, string, entra.Register, entra.CreateOptions) (entra.Registration, error) {
	return entra.Registration{}, u.err
}

func (u unreadyRegisters) Read(context.Context, string, entra.Ref) (entra.Registration, error) {
	return entra.Registration{}, u.err
}

func (u unreadyRegisters) Find(context.Context, string) (entra.Registration, error) {
	return entra.Registration{}, u.err
}

func (u unreadyRegisters) Update(context.Context, string, entra.Ref, entra.Register) (entra.Registration, error) {
	return entra.Registration{}, u.err
}

func (u unreadyRegisters) Delete(context.Context, string, entra.Ref, entra.DeleteOptions) error {
	return u.err
}

type unreadyAssignments struct{ err error }

func (u unreadyAssignments) Check(context.Context, string, entra.RoleAssignment) error { return u.err }

func (u unreadyAssignments) Assign(context.Context, string, entra.RoleAssignment) (entra.RoleAssignment, error) {
	return entra.RoleAssignment{}, u.err
}

func (u unreadyAssignments) Read(context.Context, string, entra.RoleAssignment) (entra.RoleAssignment, error) {
	return entra.RoleAssignment{}, u.err
}

func (u unreadyAssignments) Withdraw(context.Context, string, entra.RoleAssignment) error {
	return u.err
}
