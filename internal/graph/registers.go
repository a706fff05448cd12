package graph

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// registers is the gateway to registers of access roles.
type registers struct{ gateway *Gateway }

// Registers keeps registers of access roles.
func (g *Gateway) Registers() entra.Registers { return registers{g} }

// Create claims a registration, unless the tenant has a register already, and brings it in line.
func (r registers) Create(
	ctx context.Context, tenantID string, want entra.Register, options entra.CreateOptions,
) (entra.Registration, error) {
	t := r.gateway.tenant(tenantID)
	w := t.work(want)
	if err := w.create(ctx, t.claimingRegister(want, options, w.nonce)); err != nil {
		return entra.Registration{}, err
	}
	t.self.made(w.have.ClientID)
	return w.have, nil
}

// claimingRegister is how the registration of a register is claimed. The look-up of its name looks for registers of
// other names, too.
func (t *tenant) claimingRegister(want entra.Register, options entra.CreateOptions, nonce string) claiming {
	c := claiming{
		kind: entra.KindRegister, displayName: want.DisplayName, derived: entra.RegisterName,
		recover: options.RecoverSoftDeleted, nonce: nonce, wasFinished: want.WasFinished,
	}
	c.lookUp = func(ctx context.Context, name *call) (*entra.Registration, error) {
		present, err := t.taggedAndNamed(ctx, name)
		if err != nil {
			return nil, err
		}
		if named, err := t.decodeApplication(name); err == nil && len(present) == 1 && sameAs(named)(present[0]) {
			return nil, nil // the name leads to it, too
		}
		present, err = t.confirmed(ctx, present)
		switch {
		case err != nil || len(present) == 0:
			return nil, err
		case len(present) > 1:
			return nil, &entra.SecondRegisterError{Registers: present}
		case present[0].Provisioning():
			return &present[0], nil
		}
		return nil, c.taken(present[0])
	}
	return c
}

// taggedAndNamed lists the registers that the tenant has, finished or not: what carries the tag, and what has the name
// and carries it, which a lagging list may lack.
func (t *tenant) taggedAndNamed(ctx context.Context, name *call) ([]entra.Registration, error) {
	pages, err := t.list(ctx, []*call{name}, t.listTagged(ctx))
	if err != nil {
		return nil, err
	}
	return t.decodeTaggedAndNamed(pages[0], name)
}

func (t *tenant) decodeTaggedAndNamed(pages []*call, name *call) ([]entra.Registration, error) {
	found, err := t.decodeTagged(pages)
	if err != nil || name.err != nil {
		return found, err
	}
	named, err := t.decodeApplication(name)
	if slices.Contains(named.Tags, entra.TagAccessRoles) && !slices.ContainsFunc(found, sameAs(named)) {
		found = append(found, named)
	}
	return found, err
}

// foundRegisters are the registers that are finished.
func (t *tenant) foundRegisters(pages []*call, name *call) ([]entra.Registration, error) {
	found, err := t.decodeTaggedAndNamed(pages, name)
	return slices.DeleteFunc(found, entra.Registration.Provisioning), err
}

func sameAs(one entra.Registration) func(entra.Registration) bool {
	return func(other entra.Registration) bool { return strings.EqualFold(one.ObjectID, other.ObjectID) }
}

func (t *tenant) decodeTagged(pages []*call) ([]entra.Registration, error) {
	objects, err := decodePages[applicationObject](pages)
	var found []entra.Registration
	for _, object := range objects {
		found = append(found, t.registration(object))
	}
	return found, err
}

func (t *tenant) listTagged(ctx context.Context) *call {
	return t.listApplications(ctx, "look for registers of access roles", tagFilter(entra.TagAccessRoles), applicationProperties)
}

// confirmed keeps those registrations that carry the tag at each of several looks at themselves: a list may show what is
// gone by now.
func (t *tenant) confirmed(ctx context.Context, listed []entra.Registration) ([]entra.Registration, error) {
	looks := 0
	err := t.wait(ctx, waiting{forWhat: "see a register of access roles several times in a row"}, func() (bool, error) {
		calls := t.readsOf(ctx, clientIDs(listed))
		if t.run(ctx, plan{calls: calls}) != nil {
			if err := otherThanAbsence(calls); err != nil {
				return false, err
			}
		}
		var present []entra.Registration
		for _, c := range calls {
			if c.err != nil {
				continue
			}
			registration, err := t.decodeApplication(c)
			if err != nil {
				return false, err
			}
			if slices.Contains(registration.Tags, entra.TagAccessRoles) {
				present = append(present, registration)
			}
		}
		listed = present
		looks++
		return len(listed) == 0 || looks == looksToBelieve, nil
	})
	return listed, err
}

// Read reads the register, and fails when the tenant has another one beside it.
func (r registers) Read(ctx context.Context, tenantID string, ref entra.Ref) (entra.Registration, error) {
	t := r.gateway.tenant(tenantID)
	ref.Kind = entra.KindRegister
	have, err := t.readRegistration(ctx, ref)
	if err != nil || len(have.Rivals) == 0 {
		return have, err
	}
	rivals, err := t.confirmed(ctx, have.Rivals)
	if err == nil && len(rivals) > 0 {
		err = &entra.SecondRegisterError{Registers: append([]entra.Registration{have}, rivals...)}
	}
	return have, err
}

// Find looks for the register by its tag, and by its usual name, which shows sooner. It believes that there is none
// when several looks agree.
func (r registers) Find(ctx context.Context, tenantID string) (entra.Registration, error) {
	t := r.gateway.tenant(tenantID)
	var found []entra.Registration
	looks := 0
	err := t.wait(ctx, waiting{forWhat: "see the register of access roles"}, func() (bool, error) {
		var err error
		found, err = t.taggedAndNamed(ctx, t.lookUpName(ctx, entra.RegisterName(1)))
		looks++
		return len(found) > 0 || looks == looksToBelieve, err
	})
	if err == nil && len(found) > 1 {
		found, err = t.confirmed(ctx, found)
	}
	switch {
	case err != nil:
		return entra.Registration{}, err
	case len(found) == 0:
		return entra.Registration{}, &entra.NoRegisterError{}
	case len(found) > 1:
		return entra.Registration{}, &entra.SecondRegisterError{Registers: found}
	case found[0].Provisioning():
		return entra.Registration{}, &entra.NoRegisterError{Unfinished: found[0].ClientID}
	}
	ref := entra.Ref{Kind: entra.KindRegister, ClientID: found[0].ClientID, ObjectID: found[0].ObjectID}
	have, err := t.readRegistration(ctx, ref)
	if errors.Is(err, entra.ErrNotFound) {
		err = &entra.NoRegisterError{}
	}
	return have, err
}

// Update reads the register and brings it in line.
func (r registers) Update(ctx context.Context, tenantID string, ref entra.Ref, want entra.Register) (entra.Registration, error) {
	w := r.gateway.tenant(tenantID).work(want)
	ref.Kind = entra.KindRegister
	err := w.update(ctx, ref)
	return w.have, err
}

// Delete removes the register. What was assigned goes with its service principal.
func (r registers) Delete(ctx context.Context, tenantID string, ref entra.Ref, options entra.DeleteOptions) error {
	ref.Kind = entra.KindRegister
	t, clientID := r.gateway.tenant(tenantID), strings.ToLower(ref.ClientID)
	defer t.held.forget(clientID, nil)
	defer t.apis.forget(clientID)
	defer t.self.made("")
	return r.gateway.Delete(ctx, tenantID, ref, options)
}
