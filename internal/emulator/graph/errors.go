package graph

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/edm"
)

// Graph's error codes.
const (
	codeBadRequest       = "Request_BadRequest"
	codeQuery            = "BadRequest" // the gateway's own, for what never reaches the directory
	codeUnsupportedQuery = "Request_UnsupportedQuery"
	codeNotFound         = "Request_ResourceNotFound"
	codeDenied           = "Authorization_RequestDenied"
	codeQuota            = "Directory_QuotaExceeded"
	codeDuplicate        = "Request_MultipleObjectsWithSameKeyValue"
	codeDuplicateValue   = "DuplicateValue"
	codeToken            = "InvalidAuthenticationToken"
	codeConcurrency      = "Directory_ConcurrencyViolation"
	codeInternal         = "Service_InternalServerError"
)

// Error is a refusal in Graph's words.
type Error struct {
	Status  int
	Code    string
	Message string
	Details []Detail
}

// Detail is one entry of an error's details.
type Detail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Target  string `json:"target,omitempty"`
}

func (e *Error) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.Code, e.Message) }

func (e *Error) withDetail(code, target string) *Error {
	e.Details = append(e.Details, Detail{Code: code, Message: e.Message, Target: target})
	return e
}

func badRequest(format string, args ...any) *Error {
	return &Error{Status: http.StatusBadRequest, Code: codeBadRequest, Message: fmt.Sprintf(format, args...)}
}

func badQuery(format string, args ...any) *Error {
	return &Error{Status: http.StatusBadRequest, Code: codeQuery, Message: fmt.Sprintf(format, args...)}
}

func notFound(id string) *Error {
	return &Error{Status: http.StatusNotFound, Code: codeNotFound, Message: absent(id)}
}

// absent is the message for an object that is not there, or not there yet.
func absent(id string) string {
	return fmt.Sprintf("Resource '%s' does not exist or one of its queried reference-property objects are not present.", id)
}

func denied() *Error {
	return &Error{Status: http.StatusForbidden, Code: codeDenied, Message: "Insufficient privileges to complete the operation."}
}

func quotaExceeded(limit int, link string) *Error {
	return &Error{Status: http.StatusForbidden, Code: codeQuota, Message: fmt.Sprintf("Unable to perform the operation: "+
		"adding the value would exceed the maximum quota count '%d' for forward-link '%s'.", limit, link)}
}

func duplicateObject(message, target string) *Error {
	e := &Error{Status: http.StatusConflict, Code: codeDuplicate, Message: message}
	return e.withDetail("ObjectConflict", target)
}

// duplicateProperty is the answer when another object of the tenant holds a value that must be unique.
func duplicateProperty(property string) *Error {
	return badRequest("Another object with the same value for property %s already exists.", property).
		withDetail("ObjectConflict", property)
}

// conflictingObject is the answer to a second directory role or role assignment of the same content.
func conflictingObject(target string) *Error {
	return badRequest("A conflicting object with one or more of the specified property values is present in the directory.").
		withDetail("ConflictingObjects", target)
}

func duplicateValues(property string) *Error {
	e := &Error{Status: http.StatusBadRequest, Code: codeDuplicateValue,
		Message: "Request contains a property with duplicate values."}
	return e.withDetail(codeDuplicateValue, property)
}

func missingValue(property, resource string) *Error {
	return badRequest("A value is required for property '%s' of resource '%s'.", property, resource).
		withDetail("MissingValue", property)
}

func invalidValue(property, resource string) *Error {
	return badRequest("Invalid value specified for property '%s' of resource '%s'.", property, resource).
		withDetail("InvalidValue", property)
}

func tooLong(property, resource string, limit int) *Error {
	return badRequest("Invalid value specified for property '%s' of resource '%s': the maximum length is %d.", property,
		resource, limit).withDetail("InvalidLength", property)
}

func tooMany(property, resource string, limit int) *Error {
	return badRequest("Invalid value specified for property '%s' of resource '%s': the maximum number of values is %d.",
		property, resource, limit).withDetail("TooManyValues", property)
}

// asError turns any error of a handler into a refusal. A fault of the emulator shows as Graph's internal error.
func asError(err error) *Error {
	if refusal, ok := errors.AsType[*Error](err); ok {
		return refusal
	}
	if misfit, ok := errors.AsType[*edm.Error](err); ok {
		return badRequest("%s", misfit.Message)
	}
	return &Error{Status: http.StatusInternalServerError, Code: codeInternal, Message: err.Error()}
}

// body is the JSON document of the error.
func (e *Error) body(now time.Time, requestID, clientRequestID string) map[string]any {
	document := map[string]any{
		"code":    e.Code,
		"message": e.Message,
		"innerError": map[string]any{
			"date":              now.UTC().Format("2006-01-02T15:04:05"),
			"request-id":        requestID,
			"client-request-id": clientRequestID,
		},
	}
	if len(e.Details) > 0 {
		document["details"] = e.Details
	}
	return map[string]any{"error": document}
}
