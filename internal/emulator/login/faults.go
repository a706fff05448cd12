package login

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
)

// AADSTS numbers of failures that are not the client's fault.
const (
	transientFailure = 90033
	tenantThrottled  = 90055
)

// Route is where a request goes, as the conditions name it, and the tenant that its path names.
func Route(r *http.Request) (route conditions.Route, tenant string) {
	tenant, path, _ := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
	if path == tokenPath {
		return conditions.Route{Name: conditions.Token}, tenant
	}
	return conditions.Route{Name: conditions.Metadata}, tenant
}

// Fault is the response that an answer of the conditions stands for.
func (s *Service) Fault(a *conditions.Answer, r *http.Request) Response {
	e := &refusal{number: transientFailure, oauth: "temporarily_unavailable", status: a.Status,
		message: "A transient error has occurred. Please try again."}
	switch {
	case a.Status == http.StatusTooManyRequests:
		e.number, e.message = tenantThrottled, "There are too many incoming requests."
	case a.Status < http.StatusInternalServerError:
		e.oauth = "invalid_client"
	}
	if text, ok := strings.CutPrefix(a.Code, "AADSTS"); ok {
		e.number, _ = strconv.Atoi(text) // checked
	}
	if a.Message != "" {
		e.message = a.Message
	}
	response := e.response(s.Directory.Clock(), "https://"+r.Host, r.Header.Get("client-request-id"))
	route, _ := Route(r)
	response.Token = route.Name == conditions.Token
	response.ClientID = r.PostFormValue("client_id")
	response.Header = http.Header{}
	a.Write(response.Header, s.Directory.Clock())
	return response
}
