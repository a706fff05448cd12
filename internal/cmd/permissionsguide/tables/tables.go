// Package tables writes the tables of the guide to permissions from what the provider itself goes by.
package tables

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// Of is the table of a subject, in Markdown.
func Of(s entra.Subject) string {
	var b strings.Builder
	b.WriteString("| To do | Needed for | Least application permissions | Least delegated permissions |\n|---|---|---|---|\n")
	for _, use := range s.Uses {
		when := use.When
		if when == "" {
			when = "everything"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", use.Right.Job, when, codes(use.Right.Least()), codes(use.Right.LeastDelegated()))
	}
	return b.String()
}

func codes(permissions []string) string { return "`" + strings.Join(permissions, "` and `") + "`" }

// section is what a table stands in: between two comments of the template.
var section = regexp.MustCompile(`(?s)(\{\{/\* permissions of ([a-z0-9_.]+) \*/\}\}\n).*?(\{\{/\* end \*/\}\}\n)`)

// Fill puts the tables into the sections of a template. Each subject has to have one.
func Fill(template string) (string, error) {
	open := map[string]entra.Subject{}
	for _, subject := range entra.Subjects {
		open[subject.Type] = subject
	}
	var unknown []string
	filled := section.ReplaceAllStringFunc(template, func(found string) string {
		parts := section.FindStringSubmatch(found)
		subject, ok := open[parts[2]]
		if !ok {
			unknown = append(unknown, parts[2])
			return found
		}
		delete(open, subject.Type)
		return parts[1] + Of(subject) + parts[3]
	})
	if len(unknown) > 0 {
		return "", fmt.Errorf("sections of no subject, or of one that has another: %s", strings.Join(unknown, ", "))
	}
	for name := range open {
		return "", fmt.Errorf("there is no section for %s", name)
	}
	return filled, nil
}
