// Package graph serves Microsoft Graph's v1.0 resources from the emulated directory: routing, permissions, the rules of
// each resource, and Graph's answers and refusals.
package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/odata"
)

// Service serves the tenants of a directory.
type Service struct {
	Directory *directory.Directory
	BaseURL   string // https://host:port, for the links in responses

	shuffleLock sync.Mutex
	random      *rand.Rand
}

// New returns a service for the tenants of a directory.
func New(d *directory.Directory, baseURL string) *Service {
	return &Service{Directory: d, BaseURL: baseURL, random: rand.New(rand.NewPCG(1, 1))} // #nosec G404 -- not a secret
}

// Caller is who makes a request, as the access token says.
type Caller struct {
	Tenant      *directory.Tenant
	AppID       string
	ObjectID    string   // of the service principal
	Permissions []string // the application permissions at the time the token was issued
	// Administrator may do everything and becomes the owner of nothing.
	Administrator bool
}

func (c Caller) holds(permission string) bool {
	return c.Administrator || slices.Contains(c.Permissions, permission)
}

// Request is one Graph request, on its own or as a part of a batch.
type Request struct {
	Method          string
	Path            string // escaped, relative to /v1.0, with leading slash
	Query           string // raw
	Header          http.Header
	Body            []byte
	ID              string // request-id
	ClientRequestID string
	// Conditions are what goes wrong with the request, or with the parts of a batch; nil for nothing.
	Conditions *conditions.Engine
}

// Response is the answer to a Request.
type Response struct {
	Status int
	Header http.Header
	Body   any // nil for none
	// Reset tells that the connection breaks instead.
	Reset bool
	// Parts are the requests of a batch with the status of each, in the order in which they stood.
	Parts []Part
}

// Part is one request of a batch.
type Part struct {
	Method, Path, Query string
	Status              int
}

// call is one request on its way through the service.
type call struct {
	*Service
	caller Caller
	tenant *directory.Tenant
	path   string
	keys   []odata.Segment // the keys in the path, in order
	query  odata.Query
	header http.Header
	body   map[string]any
	now    time.Time
	// replica is what shows the state to the call, nil for the present.
	replica *conditions.Replica
	// ownedOnly restricts the call to applications and service principals that the caller owns.
	ownedOnly bool
}

// reply is what a handler answers with.
type reply struct {
	status int
	body   any
}

// Serve answers one request. It takes the lock of the directory. A context that ends cuts delays short and no more: what
// has reached the service is carried out.
func (s *Service) Serve(ctx context.Context, caller Caller, r Request) Response {
	if r.ID == "" {
		r.ID = uuid.NewString()
	}
	if r.ClientRequestID == "" {
		r.ClientRequestID = r.ID
	}
	carryOut := func() Response { return s.serveSingle(caller, r) }
	if r.Path == "/$batch" {
		carryOut = func() Response { return s.serveBatch(ctx, caller, r) }
	}
	s.intrude(caller, r, false)
	decision := r.decide(false)
	conditions.Wait(ctx, decision.Delay)
	return s.under(decision, r, carryOut)
}

func (s *Service) serveSingle(caller Caller, r Request) Response {
	s.Directory.Lock()
	defer s.Directory.Unlock()
	caller.Tenant.CatchUp()
	response, admitted := s.admit(caller, r)
	if !admitted {
		return response
	}
	s.intrudeLocked(caller, r, true)
	answer, err := s.serveOne(caller, r)
	if err != nil {
		refusal := s.Refusal(asError(err), r.ID, r.ClientRequestID)
		maps.Copy(refusal.Header, response.Header)
		return refusal
	}
	response.Status, response.Body = answer.status, answer.body
	if answer.body != nil {
		response.Header.Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
		response.Header.Set("OData-Version", "4.0")
	}
	return response
}

// Refusal is the response for an error.
func (s *Service) Refusal(e *Error, requestID, clientRequestID string) Response {
	return Response{Status: e.Status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: e.body(s.Directory.Clock(), requestID, clientRequestID)}
}

// InvalidToken is the refusal of a request whose access token is missing or not good.
func InvalidToken(message string) *Error {
	return &Error{Status: http.StatusUnauthorized, Code: codeToken, Message: message}
}

// InvalidVersion is the refusal of a path below another version than v1.0.
func InvalidVersion(path string) *Error {
	version, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return badQuery("Invalid version: %s", version)
}

func (s *Service) serveOne(caller Caller, r Request) (reply, error) {
	route, keys, err := findRoute(r.Method, r.Path)
	if err != nil {
		return reply{}, err
	}
	c := &call{Service: s, caller: caller, tenant: caller.Tenant, path: r.Path, keys: keys,
		header: r.Header, now: s.Directory.Clock(), replica: r.Conditions.Replica(r.Method, route.name)}
	if c.query, err = parseQuery(r.Query); err != nil {
		return reply{}, err
	}
	if c.body, err = decodeBody(r); err != nil {
		return reply{}, err
	}
	if err := c.authorize(route.needs); err != nil {
		return reply{}, err
	}
	return route.handle(c)
}

func parseQuery(raw string) (odata.Query, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return odata.Query{}, badQuery("Bad Request - Error in query syntax.")
	}
	query, err := odata.ParseQuery(values)
	if err != nil {
		return odata.Query{}, queryError(err)
	}
	return query, nil
}

// decodeBody reads the JSON object of a request that has one. Methods without a body ignore what is sent.
func decodeBody(r Request) (map[string]any, error) {
	if r.Method != http.MethodPost && r.Method != http.MethodPatch {
		return nil, nil
	}
	if len(bytes.TrimSpace(r.Body)) == 0 {
		if r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/restore") {
			return map[string]any{}, nil
		}
		return nil, badQuery("Empty Payload. JSON content expected.")
	}
	if !strings.Contains(strings.ToLower(r.Header.Get("Content-Type")), "json") {
		return nil, badRequest("A missing or unsupported content type header was found when trying to read a message.")
	}
	decoder := json.NewDecoder(bytes.NewReader(r.Body))
	decoder.UseNumber()
	var body map[string]any
	if err := decoder.Decode(&body); err != nil || body == nil || decoder.More() {
		return nil, badQuery("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.")
	}
	return body, nil
}
