package tables

import (
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func sections() string {
	var b strings.Builder
	for _, subject := range entra.Subjects {
		b.WriteString("before\n{{/* permissions of " + subject.Type + " */}}\nwhat was here\n{{/* end */}}\nafter\n")
	}
	return b.String()
}

func TestFill(t *testing.T) {
	t.Parallel()
	filled, err := Fill(sections())
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(filled, "what was here") || strings.Count(filled, "before\n") != len(entra.Subjects) {
		t.Error(filled)
	}
	row := "| grant application permissions | `admin_consent`, where application permissions are declared | " +
		"`AppRoleAssignment.ReadWrite.All` and `Application.Read.All` | `AppRoleAssignment.ReadWrite.All` and `Application.Read.All` |\n"
	if !strings.Contains(filled, row) {
		t.Errorf("there is no row %s in %s", row, filled)
	}
	if again, err := Fill(filled); err != nil || again != filled {
		t.Errorf("filling it again changes it: %v", err)
	}
}

func TestFillRefuses(t *testing.T) {
	t.Parallel()
	for template, says := range map[string]string{
		"": "no section for ",
		sections() + "{{/* permissions of sapio365_nothing */}}\n{{/* end */}}\n": "sapio365_nothing",
		sections() + sections(): "sapio365_app_session",
	} {
		if _, err := Fill(template); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want %q", err, says)
		}
	}
}
