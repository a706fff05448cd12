package graph

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// What says when to come back is never taken for less than it says, and never for a time in the past.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{
		"", "0", "1", "30", "-1", "+5", "1.5", " 7", "9223372036", "9223372037", "18446744074", "99999999999999999999",
		"Thu, 26 Nov 2026 12:00:00 GMT", "Thursday, 26-Nov-26 12:00:00 GMT", "Thu Nov 26 12:00:00 2026", "Mon, 01 Jan 0001 00:00:00 GMT",
		"Fri, 31 Dec 9999 23:59:59 GMT", "soon",
	} {
		f.Add(seed)
	}
	now := time.Date(2026, 11, 26, 11, 59, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		got := retryAfter(http.Header{"Retry-After": {value}}, now)
		if got < 0 {
			t.Fatalf("%q: %s", value, got)
		}
		seconds, ok := new(big.Int).SetString(value, 10)
		longest := big.NewInt(int64(math.MaxInt64 / time.Second))
		if ok && !strings.HasPrefix(value, "+") && big.NewInt(int64(got/time.Second)).Cmp(seconds) < 0 && seconds.Cmp(longest) < 0 {
			t.Errorf("%q: %s is too early", value, got)
		}
		if ok && !strings.HasPrefix(value, "+") && seconds.Cmp(longest) >= 0 && got < time.Duration(longest.Int64())*time.Second {
			t.Errorf("%q: %s is too early", value, got)
		}
		if date, err := http.ParseTime(value); err == nil && now.Add(got).Before(date) && got < math.MaxInt64 {
			t.Errorf("%q: %s is too early", value, got)
		}
	})
}

// Whatever a service or a proxy answers, there is an error of a kind that can be shown, and nothing of it gets lost that
// is in Microsoft Graph's form.
func FuzzODataError(f *testing.F) {
	for _, seed := range []string{
		"", "null", "{}", "[]", `"text"`, "<html>Bad Gateway</html>", `{"error":"invalid_client"}`,
		`{"error":{"code":"Request_BadRequest","message":"No.","innerError":{"request-id":"r","client-request-id":"c"}}}`,
		`{"error":{"code":"X","message":{"lang":"en","value":"No."},"innerError":{"innerError":{"request-id":"r"}}}}`,
		`{"error":{"code":1}}`, `{"error":{"message":["No."],"innerError":7}}`, "\xff\xfe{", `{"error":{"code":"\ud800"}}`,
	} {
		f.Add([]byte(seed), http.StatusBadRequest)
	}
	f.Add([]byte(`{"error":{"code":"Request_MultipleObjectsWithSameKeyValue"}}`), 0)
	f.Fuzz(func(t *testing.T, body []byte, status int) {
		a := &answer{status: status, header: http.Header{"Request-Id": {"of the header"}}, body: body}
		a.odata = parseODataError(a)
		for _, text := range []string{a.odata.Code, a.odata.Message, a.odata.RequestID} {
			if !utf8.ValidString(text) {
				t.Errorf("%q is no text", text)
			}
		}
		if a.odata.RequestID == "" {
			t.Error("the request ID of the header is lost")
		}
		var kind error
		for _, known := range []error{
			entra.ErrAlreadyExists, entra.ErrUnauthorized, entra.ErrForbidden, entra.ErrNotFound, entra.ErrConflict,
			entra.ErrThrottled, entra.ErrUnavailable, entra.ErrInvalid,
		} {
			if errors.Is(kindOf(a), known) {
				kind = known
			}
		}
		if kind == nil {
			t.Errorf("status %d is of no kind", status)
		}
		var plain struct {
			Error struct{ Code, Message string }
		}
		if json.Unmarshal(body, &plain) == nil && a.odata.Message != plain.Error.Message {
			t.Errorf("the message is %q instead of %q", a.odata.Message, plain.Error.Message)
		}
	})
}
