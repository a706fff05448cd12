package entra_test

import (
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func TestCheckDNSName(t *testing.T) {
	t.Parallel()
	label := strings.Repeat("a", 63)
	longest := strings.Repeat(label+".", 3) + strings.Repeat("a", 61)
	for name, wrong := range map[string]string{
		"contoso.com": "", "CORP.Contoso.local": "", "a.b": "", "1.contoso.com": "", "xn--mnchen-3ya.example": "", "7-eleven.com": "",
		label + ".com": "", longest: "", "dc--1.contoso.com": "",

		"": "is empty", "contoso": "has no dot", "contoso.com.": "ends with a dot", ".contoso.com": "a dot with nothing",
		"contoso..com": "a dot with nothing", "10.0.0.1": "is an IP address", "::1": "is an IP address", "[fe80::1]": "is an IP address",
		"10.0.0": `ends with the number "0"`, "contoso.com:389": `the character ':'`, "ldap://contoso.com": `the character ':'`,
		"my_domain.local": `the character '_'`, "contoso .com": `the character ' '`, "münchen.example": `the character 'ü'`,
		"*.contoso.com": `the character '*'`, `CONTOSO\dc1`: "the character", "-a.com": "begins or ends with a hyphen",
		"a-.com": "begins or ends with a hyphen", "a" + label + ".com": "of 64 characters", "a" + longest: "254 characters",
	} {
		err := entra.CheckDNSName(name)
		if (err == nil) != (wrong == "") || err != nil && !strings.Contains(err.Error(), wrong) {
			t.Errorf("%q: %v, want %q", name, err, wrong)
		}
	}
	if err := entra.CheckHostName("SYNC01"); err != nil {
		t.Error(err)
	}
	if err := entra.CheckHostName("10.0.0.1"); err == nil {
		t.Error("an IP address passes as a name")
	}
}
