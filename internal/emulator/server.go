package emulator

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/graph"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/login"
)

// Options configure a server.
type Options struct {
	Addr    string           // address to listen on, default 127.0.0.1:0
	Clock   func() time.Time // the emulated time, default time.Now
	Latency time.Duration    // added to every HTTP request, not to each part of a batch
	Log     *slog.Logger     // told of every request; default none
	// Interrupt is asked about every HTTP request before it is carried out, and once more before its answer leaves
	// (applied). When it returns true, the connection breaks. It may be called concurrently.
	Interrupt func(r *http.Request, applied bool) bool
}

// Server is a running emulator with any number of tenants.
type Server struct {
	options   Options
	http      *http.Server
	url       string
	authority authority
	transport *http.Transport // of the clients
	directory *directory.Directory
	graph     *graph.Service
	login     *login.Service

	mu      sync.Mutex
	tenants map[string]*Tenant // by id
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
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	ca, err := newAuthority()
	if err != nil {
		return nil, err
	}
	certificate, err := ca.serverCertificate()
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", opts.Addr, err)
	}
	s := &Server{options: opts, url: "https://" + listener.Addr().String(), authority: ca, tenants: map[string]*Tenant{},
		transport: ca.transport(), directory: directory.New(opts.Clock)}
	s.graph = graph.New(s.directory, s.url)
	s.login = login.New(s.directory, s.url)
	s.http = &http.Server{Handler: s.handler(), ReadHeaderTimeout: readHeaderTimeout,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12},
		ErrorLog:  slog.NewLogLogger(opts.Log.Handler(), slog.LevelDebug)}
	go func() {
		if err := s.http.ServeTLS(listener, "", ""); !errors.Is(err, http.ErrServerClosed) {
			opts.Log.Error("serving ended", "error", err)
		}
	}()
	return s, nil
}

// URL is the endpoint of Graph and of sign-in alike: https://127.0.0.1:PORT. The certificate is good for localhost,
// 127.0.0.1 and ::1.
func (s *Server) URL() string { return s.url }

// CAPEM is the certificate of the CA that signed the server's certificate, in PEM.
func (s *Server) CAPEM() []byte { return s.authority.pem() }

// Client returns an HTTP client that trusts the server. All clients share their connections.
func (s *Server) Client() *http.Client { return &http.Client{Transport: s.transport} }

// Close ends the server and its connections at once.
func (s *Server) Close() {
	s.transport.CloseIdleConnections()
	_ = s.http.Close() // the listener is given up, whatever it says
}

// wait delays a request by the configured latency, unless its client gives up.
func (s *Server) wait(ctx context.Context) {
	if s.options.Latency <= 0 {
		return
	}
	timer := time.NewTimer(s.options.Latency)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
