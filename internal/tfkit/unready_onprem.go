package tfkit

import (
	"context"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

type unreadyOnPremises struct{ err error }

func (u unreadyOnPremises) CheckOnPrem(context.Context, string, string, entra.OnPremTerms) error {
	return u.err
}

func (u unreadyOnPremises) CreateOnPrem(
	context.Context, string, string, entra.OnPrem, entra.OnPremTerms,
) (entra.OnPremRecord, error) {
	return entra.OnPremRecord{}, u.err
}

func (u unreadyOnPremises) UpdateOnPrem(
	context.Context, string, entra.OnPremRef, entra.OnPrem, entra.OnPremTerms,
) (entra.OnPremRecord, error) {
	return entra.OnPremRecord{}, u.err
}

func (u unreadyOnPremises) ReadOnPrem(context.Context, string, entra.OnPremRef) (entra.OnPremRecord, error) {
	return entra.OnPremRecord{}, u.err
}

func (u unreadyOnPremises) DeleteOnPrem(context.Context, string, entra.OnPremRef) error { return u.err }
