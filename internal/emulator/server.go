package emulator

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/graph"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/login"
)

// Options configure a server.
type Options struct {
	Addr    string           // loopback address to listen on, default 127.0.0.1:0
	Clock   func() time.Time // the emulated time, default time.Now
	Latency time.Duration    // added to every HTTP request, not to each part of a batch
	Log     *slog.Logger     // told of every request; default none
	// Interrupt is asked about every HTTP request before it is carried out, and once more before its answer leaves
	// (applied). When it returns true, the connection breaks. It may be called concurrently.
	Interrupt func(r *http.Request, applied bool) bool
	// Conditions are what goes wrong in all tenants from the start. SetConditions changes them.
	Conditions conditions.Conditions
}

// Server is a running emulator with any number of tenants.
type Server struct {
	options   Options
	http      *http.Server // nil in process
	url       string
	authority *authority        // nil in process
	transport http.RoundTripper // of the clients
	directory *directory.Directory
	graph     *graph.Service
	login     *login.Service
	advanced  atomic.Int64 // nanoseconds by which the emulated time is ahead of the clock

	mu         sync.Mutex
	tenants    map[string]*Tenant                // by id
	conditions conditions.Conditions             // of tenants that are added
	engine     atomic.Pointer[conditions.Engine] // of requests that lead to no tenant
}

const (
	defaultAddr       = "127.0.0.1:0"
	readHeaderTimeout = 10 * time.Second
)

// Start serves Microsoft Graph and Entra sign-in over HTTPS on a loopback address. Close ends it.
func Start(opts Options) (*Server, error) {
	if opts.Addr == "" {
		opts.Addr = defaultAddr
	}
	ca, err := newAuthority()
	if err != nil {
		return nil, err
	}
	certificate, err := ca.serverCertificate()
	if err != nil {
		return nil, err
	}
	listener, err := listen(opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", opts.Addr, err)
	}
	s, err := newServer(opts, "https://"+listener.Addr().String())
	if err != nil {
		_ = listener.Close() // nothing has been served
		return nil, err
	}
	s.authority, s.transport = &ca, ca.transport()
	s.http = &http.Server{Handler: s.handler(), ReadHeaderTimeout: readHeaderTimeout,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
		ErrorLog:  slog.NewLogLogger(s.options.Log.Handler(), slog.LevelDebug)}
	go func() {
		if err := s.http.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
			s.options.Log.Error("serving ended", "error", err)
		}
	}()
	return s, nil
}

// listen listens on a loopback address and refuses any other: the server tells whoever reaches it all that it has, and its
// certificate is good for this machine alone.
func listen(addr string) (net.Listener, error) {
	resolved, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, err
	}
	if !resolved.IP.IsLoopback() {
		return nil, errors.New("no loopback address: give one such as 127.0.0.1:8443")
	}
	return new(net.ListenConfig).Listen(context.Background(), "tcp", resolved.String())
}

// New returns a server that only its clients reach, at https://emulator.test: they call it directly, in the goroutine of
// the request. It has no sockets and no goroutines of its own, so that it works in a bubble of testing/synctest, in whose
// time it then lives. Options.Addr has no meaning for it, and it has no CA.
func New(opts Options) (*Server, error) {
	s, err := newServer(opts, inProcessURL)
	if err != nil {
		return nil, err
	}
	s.transport = direct{handler: s.handler(), host: strings.TrimPrefix(inProcessURL, "https://")}
	return s, nil
}

func newServer(opts Options, url string) (*Server, error) {
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{options: opts, url: url, tenants: map[string]*Tenant{}}
	s.options.Clock = func() time.Time { return opts.Clock().Add(time.Duration(s.advanced.Load())) }
	s.directory = directory.New(s.options.Clock)
	s.graph = graph.New(s.directory, s.url)
	s.login = login.New(s.directory, s.url)
	return s, s.SetConditions(opts.Conditions)
}

// URL is the endpoint of Graph and of sign-in alike: https://127.0.0.1:PORT of a server that listens. Its certificate is
// good for localhost, 127.0.0.1 and ::1.
func (s *Server) URL() string { return s.url }

// CAPEM is the certificate of the CA that signed the server's certificate, in PEM; nil for a server in process.
func (s *Server) CAPEM() []byte {
	if s.authority == nil {
		return nil
	}
	return s.authority.pem()
}

// Client returns an HTTP client that reaches and trusts the server, and no other. All clients share their connections.
func (s *Server) Client() *http.Client { return &http.Client{Transport: s.transport} }

// Advance moves the emulated time forward, on top of what the clock says: what has been late arrives, tokens and
// credentials expire. Delays of requests pass in real time, or in that of the bubble, all the same. Time never goes back.
func (s *Server) Advance(by time.Duration) { s.advanced.Add(int64(max(by, 0))) }

// Close ends the server and its connections at once. One in process has nothing to end.
func (s *Server) Close() {
	s.Client().CloseIdleConnections()
	if s.http != nil {
		_ = s.http.Close() // the listener is given up, whatever it says
	}
}
