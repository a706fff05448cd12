package signin

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	msalerrors "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"
)

var (
	codePattern        = regexp.MustCompile(`AADSTS\d+`)
	correlationPattern = regexp.MustCompile(`(?i)correlation id:\s*([0-9a-f-]{36})`)
	tracePattern       = regexp.MustCompile(`(?i)trace id:\s*([0-9a-f-]{36})`)
)

// maxDescription bounds what is repeated from an answer, in bytes.
const maxDescription = 500

// subject is who signs in where; every error names it.
type subject struct {
	tenantID string
	clientID string
	kind     Kind
	source   string
	cloud    Cloud
	standsIn bool // in a tenant that is not its own and that nobody is named for
}

// translate turns an error of MSAL or azidentity into one of this package.
// Theirs are not wrapped: they hold the request with the secret in it, and the
// answer with the token.
func (s subject) translate(ctx context.Context, err error) error {
	var assertion *AssertionError
	var call msalerrors.CallErr
	var failed *azidentity.AuthenticationFailedError
	var unasked *unaskedError
	switch {
	case errors.As(err, &unasked):
		return unasked.cause
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.Canceled):
		return fmt.Errorf("signing in to tenant %s: %w", s.tenantID, context.Canceled)
	case errors.As(err, &assertion):
		return assertion
	case errors.As(err, &call) && call.Resp != nil:
		body, readErr := io.ReadAll(call.Resp.Body)
		return s.fromResponse(call.Resp, body, readErr)
	case isNetworkError(err):
		return networkError(err)
	case errors.As(err, &failed) && failed.RawResponse != nil:
		body, readErr := runtime.Payload(failed.RawResponse)
		return s.fromResponse(failed.RawResponse, body, readErr)
	case s.kind == KindAzureCLI, s.kind == KindManagedIdentity:
		return s.fromText(err.Error())
	default:
		return s.refused("the answer is not one of Entra ID's sign-in", s.remedy())
	}
}

func (s subject) refused(description, hint string) *Error {
	return &Error{Tenant: s.tenantID, ClientID: s.clientID, Kind: s.kind, Source: s.source, Description: description, Hint: hint}
}

// remedy is what to do if nothing is known but the kind of credential.
func (s subject) remedy() string {
	switch s.kind {
	case KindAzureCLI:
		return fmt.Sprintf("The Azure CLI is used when no other credential is configured. Run `az login --tenant %s --allow-no-subscriptions`, or set client_id with client_secret, client_certificate or use_oidc.", s.tenantID)
	case KindManagedIdentity:
		return "Check that this machine has a managed identity, and that client_id names it if it is a user-assigned one."
	default:
		return "Check login_endpoint, and whether a proxy answers in its place."
	}
}

func (s subject) fromResponse(resp *http.Response, body []byte, readErr error) *Error {
	var answer struct {
		Error         string `json:"error"`
		Description   string `json:"error_description"`
		Codes         []int  `json:"error_codes"`
		TraceID       string `json:"trace_id"`
		CorrelationID string `json:"correlation_id"`
	}
	if readErr != nil || json.Unmarshal(body, &answer) != nil || answer.Error == "" {
		e := s.refused("HTTP "+strconv.Itoa(resp.StatusCode)+" without an explanation", s.remedy())
		e.Status, e.retryAfter = resp.StatusCode, retryAfter(resp)
		return e
	}
	e := s.fromText(answer.Description)
	if e.Code == "" && len(answer.Codes) > 0 {
		e.Code = "AADSTS" + strconv.Itoa(answer.Codes[0])
		e.Hint = s.explain(e.Code)
	}
	if e.Description == "" {
		e.Description = answer.Error
	}
	if answer.CorrelationID != "" {
		e.CorrelationID, e.TraceID = answer.CorrelationID, answer.TraceID
	}
	e.Status, e.retryAfter = resp.StatusCode, retryAfter(resp)
	return e
}

// fromText finds the code and the ids that Entra ID puts into its messages,
// also where the Azure CLI repeats them.
func (s subject) fromText(text string) *Error {
	e := s.refused(firstSentence(text), "")
	if e.Code = codePattern.FindString(text); e.Code != "" {
		_, after, _ := strings.Cut(text, e.Code)
		e.Description = firstSentence(strings.TrimLeft(after, ": "))
		e.Hint = s.explain(e.Code)
	}
	if found := correlationPattern.FindStringSubmatch(text); found != nil {
		e.CorrelationID = strings.ToLower(found[1])
	}
	if found := tracePattern.FindStringSubmatch(text); found != nil {
		e.TraceID = strings.ToLower(found[1])
	}
	if e.Hint == "" && (s.kind == KindAzureCLI || s.kind == KindManagedIdentity) {
		e.Hint = s.remedy()
	}
	return e
}

// firstSentence is the text up to the first line break or the ids.
func firstSentence(text string) string {
	text = strings.TrimSpace(text)
	text, _, _ = strings.Cut(text, "\n")
	text, _, _ = strings.Cut(text, "Trace ID:")
	text = strings.TrimSpace(text)
	if len(text) > maxDescription {
		text = strings.ToValidUTF8(text[:maxDescription], "") + "…"
	}
	return text
}

// retryAfter is the header in seconds, 0 without it.
func retryAfter(resp *http.Response) time.Duration {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

func isNetworkError(err error) bool {
	var request *url.Error
	return errors.As(err, &request)
}

// networkError says which endpoint could not be used and why; other errors
// come back as they are.
func networkError(err error) error {
	var request *url.Error
	if !errors.As(err, &request) {
		return err
	}
	endpoint := "the endpoint"
	if target, parseErr := url.Parse(request.URL); parseErr == nil {
		endpoint = target.Host
	}
	var verification *tls.CertificateVerificationError
	if errors.As(err, &verification) {
		var unknown x509.UnknownAuthorityError
		return &UntrustedError{Endpoint: endpoint, UnknownAuthority: errors.As(err, &unknown), Err: verification.Err}
	}
	return &UnreachableError{Endpoint: endpoint, Err: request.Err}
}

// transient tells whether the same sign-in may well succeed in a moment. A
// refused connection or an unknown host is not: it is a wrong endpoint.
func transient(err error) (wait time.Duration, ok bool) {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.retryAfter, refused.Status == http.StatusTooManyRequests || refused.Status >= http.StatusInternalServerError
	}
	var unreachable *UnreachableError
	if !errors.As(err, &unreachable) {
		return 0, false
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return 0, false
	}
	return 0, !errors.Is(err, context.DeadlineExceeded)
}
