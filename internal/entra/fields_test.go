package entra_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// fill gives everything in the value that can be set a value that is not the zero one.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("other")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i))
			}
		}
	}
}

// A fingerprint shows every field of a registration on its own, but for those that never change or are no part of it.
func TestFingerprintShowsEveryField(t *testing.T) {
	t.Parallel()
	silent := []string{"TenantID", "CreatedByAppID", "CreatorID", "Rivals"}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[entra.Registration]()) {
		if slices.Contains(silent, field.Name) {
			continue
		}
		have := entra.Registration{}
		fill(reflect.ValueOf(&have).Elem().FieldByIndex(field.Index))
		if have.Fingerprint() == (entra.Registration{}).Fingerprint() {
			t.Errorf("%s does not show in the fingerprint", field.Name)
		}
	}
}

// A diff finds every text of the application that differs from what is wanted on its own, and the change names it.
func TestDiffFindsEveryText(t *testing.T) {
	t.Parallel()
	want := entra.Session{DisplayName: "Reports", UniqueName: "reports", Notes: "note"}
	matching := entra.Registration{
		DisplayName: "Reports", UniqueName: "reports", Notes: "note", Audience: entra.AudienceSingleTenant,
		Tags: []string{entra.TagAppSession}, ServicePrincipal: &entra.ServicePrincipal{},
	}
	if changes := entra.Diff(want, matching, nonce, now); len(changes) > 0 {
		t.Fatalf("%q, where nothing differs", changes[0].Describe())
	}
	described := map[string]bool{entra.PatchApplication{}.Describe(): true}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[entra.PatchApplication]()) {
		if field.Type != reflect.TypeFor[*string]() {
			continue
		}
		have := matching
		reflect.ValueOf(&have).Elem().FieldByName(field.Name).SetString("other")
		changes := entra.Diff(want, have, nonce, now)
		if len(changes) != 1 {
			t.Errorf("%d changes where %s differs", len(changes), field.Name)
			continue
		}
		patch, _ := changes[0].(entra.PatchApplication)
		if reflect.ValueOf(patch).FieldByIndex(field.Index).IsNil() || described[patch.Describe()] {
			t.Errorf("%q, where %s differs", patch.Describe(), field.Name)
		}
		described[patch.Describe()] = true
	}
}
