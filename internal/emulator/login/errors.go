package login

import (
	"fmt"
	"net/http"
	"time"

	"github.com/google/uuid"
)

// refusal is an error of the token endpoint, by its AADSTS number.
type refusal struct {
	number  int
	oauth   string // the OAuth 2.0 error code
	status  int
	message string
}

func (e *refusal) Error() string { return fmt.Sprintf("AADSTS%d: %s", e.number, e.message) }

// badClient is a refusal of the client's proof of who it is.
func badClient(number int, format string, args ...any) *refusal {
	return &refusal{number, "invalid_client", http.StatusUnauthorized, fmt.Sprintf(format, args...)}
}

// badRequest is any other refusal, with its OAuth 2.0 error code.
func badRequest(number int, oauth, format string, args ...any) *refusal {
	return &refusal{number, oauth, http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

func (e *refusal) response(now time.Time, base, correlationID string) Response {
	traceID := uuid.NewString()
	if correlationID == "" {
		correlationID = uuid.NewString()
	}
	timestamp := now.UTC().Format("2006-01-02 15:04:05Z")
	return Response{Status: e.status, Body: map[string]any{
		"error": e.oauth,
		"error_description": fmt.Sprintf("%s Trace ID: %s Correlation ID: %s Timestamp: %s", e.Error(), traceID,
			correlationID, timestamp),
		"error_codes":    []int{e.number},
		"timestamp":      timestamp,
		"trace_id":       traceID,
		"correlation_id": correlationID,
		"error_uri":      fmt.Sprintf("%s/error?code=%d", base, e.number),
	}}
}
