package emulator

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"strings"

	"github.com/google/uuid"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/graph"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/login"
)

const (
	graphPrefix = "/v1.0"
	maxBody     = 4 << 20
)

// otherVersion matches the paths of Graph that the emulator does not serve.
var otherVersion = regexp.MustCompile(`^/(beta|v\d+(\.\d+)?)(/|$)`)

// handler is the one chain that every request goes through: latency, then Graph or sign-in, then the log.
func (s *Server) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conditions.Wait(r.Context(), s.options.Latency)
		s.interrupt(r, false)
		switch {
		case strings.HasPrefix(r.URL.Path, graphPrefix+"/"):
			s.serveGraph(w, r)
		case otherVersion.MatchString(r.URL.Path):
			id := uuid.NewString()
			refusal := s.graph.Refusal(graph.InvalidVersion(r.URL.Path), id, id)
			s.write(w, refusal.Status, refusal.Header, refusal.Body)
		default:
			s.serveLogin(w, r)
		}
	})
}

// interrupt breaks the connection when the options ask for it.
func (s *Server) interrupt(r *http.Request, applied bool) {
	if s.options.Interrupt != nil && s.options.Interrupt(r, applied) {
		panic(http.ErrAbortHandler)
	}
}

func (s *Server) serveLogin(w http.ResponseWriter, r *http.Request) {
	response := s.signIn(r)
	if response.Token && response.Status != 0 {
		s.record(response.Tenant, Request{Kind: KindToken, Method: r.Method, Path: r.URL.Path, Status: response.Status,
			CallerID: response.ClientID})
	}
	s.interrupt(r, true)
	if response.Reset {
		panic(http.ErrAbortHandler)
	}
	header := http.Header{"Content-Type": {"application/json; charset=utf-8"}, "Cache-Control": {"no-store, no-cache"}}
	maps.Copy(header, response.Header)
	s.write(w, response.Status, header, response.Body)
}

// signIn lets the sign-in service answer a request, as far as the conditions of the tenant in its path let it.
func (s *Server) signIn(r *http.Request) login.Response {
	route, name := login.Route(r)
	tenant := s.byName(name)
	engine := s.engineOf(tenant)
	decision := engine.Decide(conditions.Request{Method: r.Method, Route: route})
	conditions.Wait(r.Context(), decision.Delay)
	if !decision.Interferes() {
		return s.login.Serve(r, engine.Replica(r.Method, route.Name))
	}
	var response login.Response
	if decision.Applied {
		response = s.login.Serve(r, engine.Replica(r.Method, route.Name))
	}
	if decision.Answer != nil {
		response = s.login.Fault(decision.Answer, r)
		if tenant != nil {
			response.Tenant = tenant.state
		}
	}
	response.Reset = decision.Reset
	return response
}

func (s *Server) serveGraph(w http.ResponseWriter, r *http.Request) {
	request := graph.Request{Method: r.Method, Path: strings.TrimPrefix(r.URL.EscapedPath(), graphPrefix),
		Query: r.URL.RawQuery, Header: r.Header, ID: uuid.NewString(), ClientRequestID: r.Header.Get("client-request-id")}
	if request.ClientRequestID == "" {
		request.ClientRequestID = request.ID
	}
	response, caller := s.answer(r, request)
	if response.Status != 0 {
		s.recordGraph(caller, request, response)
	}
	if response.Reset {
		panic(http.ErrAbortHandler)
	}
	s.interrupt(r, true)
	header := response.Header
	header.Set("request-id", request.ID)
	header.Set("client-request-id", request.ClientRequestID)
	s.write(w, response.Status, header, response.Body)
}

func (s *Server) recordGraph(caller graph.Caller, request graph.Request, response graph.Response) {
	entry := Request{Kind: KindGraph, Method: request.Method, Path: request.Path, Query: request.Query,
		Status: response.Status, CallerID: caller.AppID}
	for _, part := range response.Parts {
		entry.Parts = append(entry.Parts, Request{Kind: KindGraph, Method: part.Method, Path: part.Path,
			Query: part.Query, Status: part.Status, CallerID: caller.AppID})
	}
	s.record(caller.Tenant, entry)
}

// answer authenticates the caller of a Graph request and lets the service answer it.
func (s *Server) answer(r *http.Request, request graph.Request) (graph.Response, graph.Caller) {
	caller, err := s.caller(r)
	if err != nil {
		return s.graph.Refusal(err, request.ID, request.ClientRequestID), caller
	}
	body, readErr := readBody(r)
	if readErr != nil {
		return s.graph.Refusal(&graph.Error{Status: http.StatusBadRequest, Code: "BadRequest", Message: readErr.Error()},
			request.ID, request.ClientRequestID), caller
	}
	request.Body = body
	request.Conditions = s.engineOf(s.byState(caller.Tenant))
	return s.graph.Serve(r.Context(), caller, request), caller
}

func (s *Server) caller(r *http.Request) (graph.Caller, *graph.Error) {
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		text = ""
	}
	token, err := s.login.Verify(strings.TrimSpace(text))
	if err != nil {
		return graph.Caller{}, graph.InvalidToken(err.Error())
	}
	s.directory.Lock()
	defer s.directory.Unlock()
	tenant, ok := s.directory.Tenant(token.TenantID)
	if !ok {
		return graph.Caller{}, graph.InvalidToken("Access token validation failure.")
	}
	return graph.Caller{Tenant: tenant, AppID: token.AppID, ObjectID: token.ObjectID, Permissions: token.Permissions}, nil
}

// readBody reads a body, which SDKs may have compressed.
func readBody(r *http.Request) ([]byte, error) {
	var source io.Reader = r.Body
	switch encoding := r.Header.Get("Content-Encoding"); encoding {
	case "":
	case "gzip":
		unzipped, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, fmt.Errorf("read compressed body: %w", err)
		}
		source = unzipped
	default:
		return nil, fmt.Errorf("content encoding %q is not supported", encoding)
	}
	body, err := io.ReadAll(io.LimitReader(source, maxBody))
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	return body, nil
}

func (s *Server) write(w http.ResponseWriter, status int, header http.Header, body any) {
	for name, values := range header {
		w.Header()[name] = values
	}
	w.Header().Set("Date", s.options.Clock().UTC().Format(http.TimeFormat))
	if body == nil {
		w.WriteHeader(status)
		return
	}
	document, err := json.Marshal(body)
	if err != nil {
		status, document = http.StatusInternalServerError, []byte(`{}`)
		s.options.Log.Error("response cannot be encoded", "error", err)
	}
	w.WriteHeader(status)
	_, _ = w.Write(document) // the client may be gone
}
