package provider

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// validate passes a call on that validates the configuration of something, and words for people what the framework says
// of it.
func validate[Request, Response any](
	ctx context.Context, s server, request Request, call func(context.Context, Request) (*Response, error),
	diagnostics func(*Response) *[]*tfprotov6.Diagnostic,
) (*Response, error) {
	response, err := lend(s.withDomains(ctx), request, call)
	if response != nil {
		said := diagnostics(response)
		*said = wholeNumbers(*said)
	}
	return response, err
}

// fraction is what the framework says of a number with a fraction where it wants none.
var fraction = regexp.MustCompile(`Value %!s\(\*big\.Float=([^)]+)\) is not an integer`)

// wholeNumbers says of numbers with a fraction what is wrong with them. The framework takes them for errors of the provider
// to be reported, and says so twice.
func wholeNumbers(diagnostics []*tfprotov6.Diagnostic) []*tfprotov6.Diagnostic {
	said := map[string]bool{}
	return slices.DeleteFunc(diagnostics, func(d *tfprotov6.Diagnostic) bool {
		found := fraction.FindStringSubmatch(d.Detail)
		if found == nil {
			return false
		}
		d.Summary, d.Detail = "Not a whole number", fmt.Sprintf("%s is not a whole number. Give one without a fraction.", found[1])
		where := d.Attribute.String()
		again := said[where]
		said[where] = true
		return again
	})
}

// ValidateResourceConfig passes the call on.
func (s server) ValidateResourceConfig(
	ctx context.Context, r *tfprotov6.ValidateResourceConfigRequest,
) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return validate(ctx, s, r, s.framework.ValidateResourceConfig, func(response *tfprotov6.ValidateResourceConfigResponse) *[]*tfprotov6.Diagnostic {
		return &response.Diagnostics
	})
}

// ValidateDataResourceConfig passes the call on.
func (s server) ValidateDataResourceConfig(
	ctx context.Context, r *tfprotov6.ValidateDataResourceConfigRequest,
) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return validate(ctx, s, r, s.framework.ValidateDataResourceConfig, func(response *tfprotov6.ValidateDataResourceConfigResponse) *[]*tfprotov6.Diagnostic {
		return &response.Diagnostics
	})
}

// ValidateEphemeralResourceConfig passes the call on.
func (s server) ValidateEphemeralResourceConfig(
	ctx context.Context, r *tfprotov6.ValidateEphemeralResourceConfigRequest,
) (*tfprotov6.ValidateEphemeralResourceConfigResponse, error) {
	return validate(ctx, s, r, s.framework.ValidateEphemeralResourceConfig, func(response *tfprotov6.ValidateEphemeralResourceConfigResponse) *[]*tfprotov6.Diagnostic {
		return &response.Diagnostics
	})
}

// ValidateListResourceConfig passes the call on.
func (s server) ValidateListResourceConfig(
	ctx context.Context, r *tfprotov6.ValidateListResourceConfigRequest,
) (*tfprotov6.ValidateListResourceConfigResponse, error) {
	return validate(ctx, s, r, s.framework.ValidateListResourceConfig, func(response *tfprotov6.ValidateListResourceConfigResponse) *[]*tfprotov6.Diagnostic {
		return &response.Diagnostics
	})
}

// ValidateActionConfig passes the call on.
func (s server) ValidateActionConfig(
	ctx context.Context, r *tfprotov6.ValidateActionConfigRequest,
) (*tfprotov6.ValidateActionConfigResponse, error) {
	return validate(ctx, s, r, s.framework.ValidateActionConfig, func(response *tfprotov6.ValidateActionConfigResponse) *[]*tfprotov6.Diagnostic {
		return &response.Diagnostics
	})
}
