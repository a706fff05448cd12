package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// odataError is Microsoft Graph's error object. The service is not strict about its shape: message has been an object
// of language and value, and innerError may nest.
type odataError struct {
	Code            string
	Message         string
	RequestID       string
	ClientRequestID string
}

// parseODataError reads the error of an answer. Where the body lacks the request ids, the headers have them.
func parseODataError(a *answer) odataError {
	e := parseODataBody(a.body)
	if e.RequestID == "" {
		e.RequestID = a.header.Get("Request-Id")
	}
	if e.ClientRequestID == "" {
		e.ClientRequestID = a.header.Get("Client-Request-Id")
	}
	return e
}

// maxExcerpt is how much is shown of an answer that is not Microsoft Graph's, in bytes.
const maxExcerpt = 200

func parseODataBody(body []byte) odataError {
	var envelope struct {
		Error struct {
			Code       string          `json:"code"`
			Message    json.RawMessage `json:"message"`
			InnerError json.RawMessage `json:"innerError"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &envelope) != nil {
		excerpt := string(bytes.TrimSpace(body[:min(len(body), maxExcerpt)]))
		return odataError{Message: strings.ToValidUTF8(excerpt, "")}
	}
	e := odataError{Code: envelope.Error.Code}
	if json.Unmarshal(envelope.Error.Message, &e.Message) != nil {
		var localised struct {
			Value string `json:"value"`
		}
		if json.Unmarshal(envelope.Error.Message, &localised) == nil {
			e.Message = localised.Value
		}
	}
	e.readIDs(envelope.Error.InnerError)
	return e
}

// readIDs takes the request ids from the outermost inner error that has them.
func (e *odataError) readIDs(inner json.RawMessage) {
	for len(inner) > 0 && e.RequestID == "" {
		var level struct {
			RequestID       string          `json:"request-id"`
			ClientRequestID string          `json:"client-request-id"`
			InnerError      json.RawMessage `json:"innerError"`
		}
		if json.Unmarshal(inner, &level) != nil {
			return
		}
		e.RequestID, e.ClientRequestID = level.RequestID, level.ClientRequestID
		inner = level.InnerError
	}
}

// failure turns a refusal of the token's holder into the domain's error.
func (c *call) failure(token Token) error {
	a := c.answer
	e := &entra.GraphError{
		Kind: kindOf(a), Operation: c.operation, Request: c.method + " " + pathOf(c.url),
		Status: a.status, Code: a.odata.Code, Message: a.odata.Message,
		RequestID: a.odata.RequestID, ClientRequestID: a.odata.ClientRequestID,
	}
	if c.absent != "" && errors.Is(e.Kind, entra.ErrNotFound) {
		e.Kind, e.Remedy = entra.ErrInvalid, c.absent
	}
	if errors.Is(e.Kind, entra.ErrForbidden) {
		e.Needs, e.Holds, e.ByUser = c.right.Least(), token.Permissions, token.User
		if token.User {
			e.Needs = c.right.LeastDelegated()
		}
	}
	return e
}

func pathOf(url string) string {
	path, _, _ := strings.Cut(url, "?")
	return path
}

func kindOf(a *answer) error {
	switch {
	case alreadyExists(a):
		return entra.ErrAlreadyExists
	case a.status == http.StatusUnauthorized:
		return entra.ErrUnauthorized
	case a.status == http.StatusForbidden:
		return entra.ErrForbidden
	case a.status == http.StatusNotFound:
		return entra.ErrNotFound
	case a.status == http.StatusConflict:
		return entra.ErrConflict
	case a.status == http.StatusTooManyRequests:
		return entra.ErrThrottled
	case a.status >= http.StatusInternalServerError:
		return entra.ErrUnavailable
	}
	return entra.ErrInvalid
}

// alreadyExists recognises Microsoft Graph's many ways of saying that what was to be made is there already. Most come
// with status 400 and no code of their own, so the message is all there is to go by.
func alreadyExists(a *answer) bool {
	if a.odata.Code == "Request_MultipleObjectsWithSameKeyValue" {
		return true
	}
	if a.status != http.StatusBadRequest && a.status != http.StatusConflict {
		return false
	}
	message := strings.ToLower(a.odata.Message)
	for _, text := range []string{
		"permission being assigned already exists",
		"entitlementgrant entry already exists",
		"permission entry already exists",
		"a conflicting object with one or more of the specified property values is present",
		"one or more added object references already exist",
		"another object with the same value for property",
		"an extension property exists with the name",
	} {
		if strings.Contains(message, text) {
			return true
		}
	}
	return false
}

// missing recognises references that are not replicated yet, or gone.
func missing(a *answer) bool {
	return a.status == http.StatusNotFound ||
		a.says(http.StatusBadRequest, "not a valid reference update") ||
		a.says(http.StatusBadRequest, "one of its queried reference-property objects are not present")
}

// withoutApplication recognises a service principal's application that is not replicated yet. The second wording
// comes with a status that suggests a missing permission.
func withoutApplication(a *answer) bool {
	return missing(a) || a.odata.Code == "NoBackingApplicationObject" ||
		a.says(http.StatusBadRequest, "does not reference a valid application object") ||
		a.says(http.StatusForbidden, "backing application of the service principal being created must")
}

// lacksRole recognises an app role that the service principal of its API does not have, or not yet.
func lacksRole(a *answer) bool {
	return a.says(http.StatusBadRequest, "permission being assigned was not found on application")
}

// refusesKeyDate recognises the refusal of a certificate's dates. It also comes when clocks differ by some seconds.
func refusesKeyDate(a *answer) bool {
	return a.odata.Code == "KeyCredentialsInvalidEndDate" || a.odata.Code == "KeyCredentialsInvalidStartDate"
}

// refusesEnabled recognises the refusal to change or remove an app role that is enabled.
func refusesEnabled(a *answer) bool {
	return a.odata.Code == "CannotDeleteOrUpdateEnabledEntitlement" || a.says(http.StatusBadRequest, "unless disabled first")
}
