package graph

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// provePatience bounds the wait for a secret to be accepted at sign-in, where nothing but the end of the credential that
// it follows depends on that.
const provePatience = 5 * time.Minute

// toProve is the secret that has to sign in before what it follows may go; nil for none.
func (w *work) toProve() *entra.IssuedSecret {
	switch {
	case w.session == nil || w.proven:
		return nil
	case w.issued != nil && (w.session.VerifySignIn || w.follows || w.have.RotationRequested()):
		return w.issued
	case w.issued == nil:
		return w.session.Unproven
	}
	return nil
}

// prove waits until the new secret signs in, with all consented permissions where the session asks for that.
func (w *work) prove(ctx context.Context) error {
	secret := w.toProve()
	if secret == nil {
		return nil
	}
	lacking := ""
	wait := waiting{forWhat: "see the new client secret accepted at sign-in", detail: func() string { return lacking }}
	if !w.session.VerifySignIn {
		wait.patience = provePatience
	}
	err := w.tenant.wait(ctx, wait, func() (bool, error) {
		var err error
		lacking, err = w.tryToSignIn(ctx, secret.Value)
		return err == nil && lacking == "", err
	})
	w.proven = err == nil
	return err
}

// tryToSignIn signs in once for each API. It returns what is lacking yet.
func (w *work) tryToSignIn(ctx context.Context, secret string) (lacking string, err error) {
	for _, check := range w.signInChecks() {
		roles, err := w.tenant.options.SignIns.SignIn(ctx, w.tenant.id, w.have.ClientID, secret, check.api)
		var refused *entra.SignInRefusedError
		switch {
		case errors.As(err, &refused) && refused.NotYet:
			return ": " + refused.Error(), nil
		case errors.As(err, &refused) && refused.Blocked && !w.session.VerifySignIn:
			return "", nil // the secret was accepted, which is all that is asked
		case err != nil:
			return "", fmt.Errorf("could not sign in with the new client secret: %w", err)
		}
		for _, name := range check.names {
			if !slices.Contains(roles, name) {
				return fmt.Sprintf(", with %s in its token", name), nil
			}
		}
	}
	return "", nil
}

// signInCheck is what a token for an API has to hold.
type signInCheck struct {
	api   string // application id; empty for Microsoft Graph
	names []string
}

func (w *work) signInChecks() []signInCheck {
	if !w.session.VerifySignIn {
		return []signInCheck{{}}
	}
	var checks []signInCheck
	for _, p := range w.have.Granted() {
		if p.Kind != entra.Application || p.Name == "" {
			continue
		}
		i := slices.IndexFunc(checks, func(c signInCheck) bool { return strings.EqualFold(c.api, p.API) })
		if i < 0 {
			i = len(checks)
			checks = append(checks, signInCheck{api: p.API})
		}
		checks[i].names = append(checks[i].names, p.Name)
	}
	if len(checks) == 0 {
		return []signInCheck{{}}
	}
	return checks
}

// noSignIns stands in for a way to sign in where there is none.
type noSignIns struct{}

func (noSignIns) SignIn(context.Context, string, string, string, string) ([]string, error) {
	return nil, errors.New("there is no way to sign in")
}
