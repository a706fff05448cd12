package graph

import (
	"net/http"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
)

// faultTexts are the codes and messages that come with a status when the service, and not the request, is at fault.
var faultTexts = map[int]struct{ code, message string }{
	http.StatusBadRequest:          {codeBadRequest, "The request is not valid."},
	http.StatusUnauthorized:        {codeToken, "Access token validation failure."},
	http.StatusForbidden:           {codeDenied, "Insufficient privileges to complete the operation."},
	http.StatusNotFound:            {codeNotFound, "The resource does not exist or one of its queried reference-property objects are not present."},
	http.StatusConflict:            {codeConcurrency, "A conflict occurred because another request is updating the object. Please retry the request."},
	http.StatusTooManyRequests:     {"TooManyRequests", "Too many requests. Please retry later."},
	http.StatusInternalServerError: {codeInternal, "Encountered an internal server error."},
	http.StatusBadGateway:          {"BadGateway", "The gateway received an invalid response."},
	http.StatusServiceUnavailable:  {"serviceNotAvailable", "The service is temporarily unavailable. Please retry later."},
	http.StatusGatewayTimeout:      {"UnknownError", ""},
}

// fault is the refusal that an answer of the conditions stands for.
func fault(a *conditions.Answer) *Error {
	e := &Error{Status: a.Status, Code: "UnknownError"}
	if text, ok := faultTexts[a.Status]; ok {
		e.Code, e.Message = text.code, text.message
	}
	if a.Code != "" {
		e.Code = a.Code
	}
	if a.Message != "" {
		e.Message = a.Message
	}
	return e
}

// decide tells what the conditions do to the request.
func (r Request) decide(part bool) conditions.Decision {
	if r.Conditions == nil {
		return conditions.Decision{}
	}
	return r.Conditions.Decide(conditions.Request{Method: r.Method, Route: r.route(), Part: part})
}

// admit counts a request against the limits of its caller. The response is what its answer begins with: the headers that
// tell of the limits, or the whole refusal.
func (s *Service) admit(caller Caller, r Request) (response Response, admitted bool) {
	if r.Conditions == nil {
		return Response{Header: http.Header{}}, true
	}
	admission := r.Conditions.Admit(r.Method, r.route().Name, r.Query, caller.AppID, caller.Tenant.ID, s.Directory.Clock())
	response.Header = http.Header{}
	if admission.Refused {
		response = s.Refusal(fault(&conditions.Answer{Status: http.StatusTooManyRequests}), r.ID, r.ClientRequestID)
	}
	for name, value := range admission.Headers {
		response.Header.Set(name, value)
	}
	return response, !admission.Refused
}

// route is where the request goes, as the conditions name it.
func (r Request) route() conditions.Route {
	if r.Path == "/$batch" {
		return conditions.Route{Name: conditions.Batch}
	}
	found, keys, err := findRoute(r.Method, r.Path)
	if err != nil {
		return conditions.Route{}
	}
	return conditions.Route{Name: found.name, Keys: keys}
}

// under carries a request out as far as the decision lets it.
func (s *Service) under(d conditions.Decision, r Request, carryOut func() Response) Response {
	if !d.Interferes() {
		return carryOut()
	}
	var done Response
	if d.Applied {
		done = carryOut()
	}
	if d.Reset {
		done.Reset = true
		return done
	}
	response := s.Refusal(fault(d.Answer), r.ID, r.ClientRequestID)
	d.Answer.Write(response.Header, s.Directory.Clock())
	response.Parts = done.Parts
	return response
}
