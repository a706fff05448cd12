package graph

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func TestErrorShapes(t *testing.T) {
	t.Parallel()
	headers := http.Header{"Request-Id": {"of the header"}, "Client-Request-Id": {"of the client's header"}}
	for name, c := range map[string]struct {
		body string
		want odataError
	}{
		"ordinary": {
			`{"error":{"code":"Request_BadRequest","message":"No.","innerError":{"date":"2026-01-01T00:00:00",` +
				`"request-id":"r","client-request-id":"c"}}}`,
			odataError{"Request_BadRequest", "No.", "r", "c"},
		},
		"details as a list": {
			`{"error":{"code":"X","message":"No.","details":[{"code":"D","message":"m","target":"t"}]}}`,
			odataError{"X", "No.", "of the header", "of the client's header"},
		},
		"details as an object": {
			`{"error":{"code":"X","message":"No.","details":{"code":"D"}}}`,
			odataError{"X", "No.", "of the header", "of the client's header"},
		},
		"message as an object": {
			`{"error":{"code":"X","message":{"lang":"en","value":"No."}}}`,
			odataError{"X", "No.", "of the header", "of the client's header"},
		},
		"message of another type": {
			`{"error":{"code":"X","message":["No."]}}`,
			odataError{"X", "", "of the header", "of the client's header"},
		},
		"nested inner error": {
			`{"error":{"code":"X","message":"No.","innererror":{"code":"Y","innererror":{"request-id":"r","client-request-id":"c"}}}}`,
			odataError{"X", "No.", "r", "c"},
		},
		"inner error of another type": {
			`{"error":{"code":"X","message":"No.","innerError":"none"}}`,
			odataError{"X", "No.", "of the header", "of the client's header"},
		},
		"not Microsoft Graph's": {
			`{"error":"invalid_request"}`,
			odataError{"", `{"error":"invalid_request"}`, "of the header", "of the client's header"},
		},
		"not JSON": {
			" <html>Bad gateway</html>\n",
			odataError{"", "<html>Bad gateway</html>", "of the header", "of the client's header"},
		},
		"long": {
			strings.Repeat("x", maxExcerpt-1) + "é",
			odataError{"", strings.Repeat("x", maxExcerpt-1), "of the header", "of the client's header"},
		},
		"empty": {"", odataError{"", "", "of the header", "of the client's header"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := parseODataError(&answer{header: headers, body: []byte(c.body)}); got != c.want {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestKindsOfRefusal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status        int
		code, message string
		want          error
	}{
		{400, "Request_BadRequest", "Permission being assigned already exists on the object", entra.ErrAlreadyExists},
		{400, "Request_MultipleObjectsWithSameKeyValue", "EntitlementGrant entry already exists.", entra.ErrAlreadyExists},
		{400, "Request_BadRequest", "EntitlementGrant entry already exists.", entra.ErrAlreadyExists},
		{409, "Request_MultipleObjectsWithSameKeyValue", "Permission entry already exists.", entra.ErrAlreadyExists},
		{409, "Conflict", "Permission entry already exists.", entra.ErrAlreadyExists},
		{
			400, "Request_BadRequest", "A conflicting object with one or more of the specified property values is present in the directory.",
			entra.ErrAlreadyExists,
		},
		{
			400, "Request_BadRequest",
			"One or more added object references already exist for the following modified properties: 'owners'.", entra.ErrAlreadyExists,
		},
		{
			400, "Request_BadRequest", "Another object with the same value for property uniqueName already exists.",
			entra.ErrAlreadyExists,
		},
		{
			400, "Request_BadRequest", "ANOTHER OBJECT with the same value for property identifierUris already exists.",
			entra.ErrAlreadyExists,
		},
		{
			409, "Request_MultipleObjectsWithSameKeyValue", "The service principal cannot be created, updated, or restored because " +
				"the service principal name x is already in use.", entra.ErrAlreadyExists,
		},
		{
			400, "Request_MultipleObjectsWithSameKeyValue", "An extension property exists with the name extension_x.",
			entra.ErrAlreadyExists,
		},
		{404, "Request_ResourceNotFound", "Permission entry already exists.", entra.ErrNotFound},
		{400, "Request_BadRequest", "Invalid value.", entra.ErrInvalid},
		{400, "CredentialInvalidLifetimeAsPerAppPolicy", "Credential lifetime exceeds the max value.", entra.ErrInvalid},
		{401, "InvalidAuthenticationToken", "Expired.", entra.ErrUnauthorized},
		{403, "Authorization_RequestDenied", "Insufficient privileges.", entra.ErrForbidden},
		{403, "Directory_QuotaExceeded", "Quota.", entra.ErrForbidden},
		{409, "Directory_ConcurrencyViolation", "Concurrent.", entra.ErrConflict},
		{429, "TooManyRequests", "Slow down.", entra.ErrThrottled},
		{424, "FailedDependency", "Not executed.", entra.ErrInvalid},
		{500, "Service_InternalServerError", "Oops.", entra.ErrUnavailable},
		{504, "", "", entra.ErrUnavailable},
	} {
		a := &answer{status: c.status, odata: odataError{Code: c.code, Message: c.message}}
		if got := kindOf(a); !errors.Is(got, c.want) {
			t.Errorf("%d %s %q is %q, want %q", c.status, c.code, c.message, got, c.want)
		}
	}
}

func TestAnswersThatMeanNotYet(t *testing.T) {
	t.Parallel()
	const dangling = "Resource '1' does not exist or one of its queried reference-property objects are not present."
	for _, c := range []struct {
		status                      int
		code, message               string
		missing, withoutApplication bool
	}{
		{404, "Request_ResourceNotFound", dangling, true, true},
		{400, "Request_BadRequest", dangling, true, true},
		{400, "Request_BadRequest", "Not a valid reference update.", true, true},
		{400, "NoBackingApplicationObject", "Anything.", false, true},
		{400, "Request_BadRequest", "The appId 'x' of the service principal does not reference a valid application object.", false, true},
		{
			403, "Authorization_RequestDenied", "When using this permission, the backing application of the service principal being " +
				"created must in the local tenant", false, true,
		},
		{403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.", false, false},
		{400, "Request_BadRequest", "Permission being assigned already exists on the object", false, false},
		{409, "Conflict", "Not a valid reference update.", false, false},
	} {
		a := &answer{status: c.status, odata: odataError{Code: c.code, Message: c.message}}
		if got := missing(a); got != c.missing {
			t.Errorf("%d %q: missing says %t", c.status, c.message, got)
		}
		if got := withoutApplication(a); got != c.withoutApplication {
			t.Errorf("%d %q: withoutApplication says %t", c.status, c.message, got)
		}
	}
}

func TestRemovalOfWhatIsGone(t *testing.T) {
	t.Parallel()
	for message, gone := range map[string]bool{
		"No password credential found with keyId 'x'.":                                                         true,
		"One or more removed object references do not exist for the following modified properties: 'owners'.":  true,
		"Update to existing credential with KeyId 'x' is not allowed.":                                         false,
		"The last owner of the application cannot be removed. No password credential was found to be missing.": false,
	} {
		if got := noSuchCredential(&answer{status: 400, odata: odataError{Message: message}}); got != gone {
			t.Errorf("%q: %t, want %t", message, got, gone)
		}
	}
}

// A user is told of delegated permissions, which are not always those of an application.
func TestForbiddenToAUser(t *testing.T) {
	t.Parallel()
	c := patching("/applications/x")
	c.answer = &answer{status: http.StatusForbidden}
	for user, needs := range map[bool]string{false: "Application.ReadWrite.OwnedBy", true: "Application.ReadWrite.All"} {
		e := graphError(t, c.failure(Token{User: user, Permissions: []string{"User.Read"}}), entra.ErrForbidden)
		if len(e.Needs) != 1 || e.Needs[0] != needs || e.ByUser != user || e.Holds[0] != "User.Read" {
			t.Errorf("user %t: %+v", user, e)
		}
	}
}
