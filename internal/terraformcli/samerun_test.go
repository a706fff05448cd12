package terraformcli_test

import (
	"fmt"
	"regexp"
	"testing"
)

// sameRun has a key pair made, registered and signed in with, all in one run: the precondition fails without the token's
// roles.
func sameRun(version int) string {
	return sessionWith(fmt.Sprintf(`certificate = {
    value_wo          = ephemeral.sapio365_certificate.test.pfx_base64
    value_wo_password = "hunter22"
    value_wo_version  = %d
  }`, version)) + `
ephemeral "sapio365_certificate" "test" {
  common_name  = "sapio365 jobs"
  pfx_password = "hunter22"
}
`
}

const openSameRun = `
ephemeral "sapio365_app_session_token" "test" {
  client_id       = sapio365_app_session.test.client_id
  private_key_pem = ephemeral.sapio365_certificate.test.private_key_pem
  certificate_pem = ephemeral.sapio365_certificate.test.certificate_pem
}

output "client_id" {
  value = sapio365_app_session.test.client_id

  precondition {
    condition     = contains(ephemeral.sapio365_app_session_token.test.roles, "User.Read.All")
    error_message = "The token lacks the permission."
  }
}
`

// thumbprintOf finds the thumbprint in a state, which Terraform indents and OpenTofu does not.
var thumbprintOf = regexp.MustCompile(`"certificate_thumbprint": ?"([0-9A-F]{40})"`)

// The key pair of a run opens the session in the same run, and is kept nowhere. Another run's is not looked at, unless the
// version says that it is to follow.
func TestAccKeyPairOfTheSameRun(t *testing.T) {
	t.Parallel()
	h := newHunted(t)
	thumbprint := func() string {
		found := thumbprintOf.FindStringSubmatch(h.state())
		if found == nil {
			t.Fatal("the state shows no thumbprint")
		}
		return found[1]
	}
	h.apply(0, sameRun(1)+openSameRun)
	first := thumbprint()
	h.write(t, "main.tf", sameRun(1))
	h.command(0, "plan", "-detailed-exitcode", "-input=false", "-no-color", "-target=sapio365_app_session.test")
	h.apply(0, sameRun(2))
	if second := thumbprint(); second == first {
		t.Errorf("the certificate %s is followed by itself", first)
	}
	h.command(0, "destroy", "-auto-approve", "-input=false", "-no-color")
	for _, leak := range h.leaks(nil) {
		t.Error(leak)
	}
}
