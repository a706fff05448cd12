package entra

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

const (
	maxDNSName  = 253
	maxDNSLabel = 63
)

// CheckDNSName tells what is wrong with a fully qualified DNS name, in words that follow "is" or "has". It takes the names
// that hosts and Active Directory domains can have: labels of letters, digits and hyphens, at least two of them.
func CheckDNSName(name string) error {
	if err := CheckHostName(name); err != nil {
		return err
	}
	if !strings.Contains(name, ".") {
		return errors.New("has no dot, so that it is a short name and not a DNS name")
	}
	return nil
}

// CheckHostName is CheckDNSName for a name that may also be a short one.
func CheckHostName(name string) error {
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return errors.New("is an IP address")
	}
	switch {
	case name == "":
		return errors.New("is empty")
	case len(name) > maxDNSName:
		return fmt.Errorf("has %d characters, more than the %d that a DNS name can have", len(name), maxDNSName)
	case strings.HasSuffix(name, "."):
		return errors.New("ends with a dot")
	}
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if err := checkDNSLabel(label); err != nil {
			return err
		}
	}
	if last := labels[len(labels)-1]; len(labels) > 1 && strings.Trim(last, "0123456789") == "" {
		return fmt.Errorf("ends with the number %q, which no DNS name does", last)
	}
	return nil
}

func checkDNSLabel(label string) error {
	switch i := strings.IndexFunc(label, func(r rune) bool { return !isDNSLetter(r) }); {
	case i >= 0:
		return fmt.Errorf("has the character %q, which a DNS name cannot have", []rune(label[i:])[0])
	case label == "":
		return errors.New("has a dot with nothing before or after it")
	case len(label) > maxDNSLabel:
		return fmt.Errorf("has the part %q of %d characters, more than the %d that a part of a DNS name can have", label, len(label), maxDNSLabel)
	case strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-"):
		return fmt.Errorf("has the part %q, which begins or ends with a hyphen", label)
	}
	return nil
}

func isDNSLetter(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-'
}
