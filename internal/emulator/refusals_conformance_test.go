package emulator_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"
)

// err is the refusal that the answer holds, or nil.
func (a answer) err() error {
	if a.status < 400 {
		return nil
	}
	refused := &refusal{status: a.status, code: a.text("error", "code"), message: a.text("error", "message")}
	refused.details = objects(dig(a.body, "error", "details"))
	return refused
}

// refusal is an error of Microsoft Graph, from bare HTTP or from the SDK.
type refusal struct {
	status        int
	code, message string
	details       []object
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%d %s: %s", r.status, r.code, r.message)
}

func refusalOf(err error) *refusal {
	var bare *refusal
	if errors.As(err, &bare) {
		return bare
	}
	var odata *odataerrors.ODataError
	if errors.As(err, &odata) && odata.GetErrorEscaped() != nil {
		body := odata.GetErrorEscaped()
		return &refusal{status: odata.GetStatusCode(), code: value(body.GetCode()), message: value(body.GetMessage())}
	}
	return nil
}

func value[T any](pointer *T) T {
	if pointer == nil {
		var zero T
		return zero
	}
	return *pointer
}

// refused is one request that must be refused. An empty message stands for any, where Microsoft's wording is not known;
// "…" in a message stands for any text.
type refused struct {
	name          string
	send          func(t *testing.T) error
	status        int
	code, message string
}

// check sends every request in a subtest of its own, all of them at once.
func check(t *testing.T, cases []refused) {
	t.Helper()
	for _, one := range cases {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			wantRefused(t, one.send(t), one.status, one.code, one.message)
		})
	}
}

func wantRefused(t *testing.T, err error, status int, code, message string) {
	t.Helper()
	if err == nil {
		t.Fatalf("accepted, want %d %s %q", status, code, message)
	}
	got := refusalOf(err)
	if got == nil {
		t.Fatalf("not an error of Microsoft Graph: %v", err)
	}
	if got.status != status || got.code != code {
		t.Errorf("%d %s, want %d %s (%v)", got.status, got.code, status, code, got)
	}
	if message != "" && !matches(message, got.message) {
		t.Errorf("message %q, want %q", got.message, message)
	}
	if got.message == "" {
		t.Error("the refusal has no message")
	}
}

// matches compares a text with a pattern in which "…" stands for any text.
func matches(pattern, text string) bool {
	parts := strings.Split(pattern, "…")
	if len(parts) == 1 {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, parts[0])
	if !ok || !strings.HasSuffix(text, parts[len(parts)-1]) {
		return false
	}
	for _, part := range parts[1:] {
		_, text, ok = strings.Cut(text, part)
		if !ok {
			return false
		}
	}
	return true
}

// once is a request that must be refused, written as a function that returns its answer.
func once(send func(t *testing.T) answer) func(t *testing.T) error {
	return func(t *testing.T) error {
		t.Helper()
		return send(t).err()
	}
}
