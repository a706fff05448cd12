package emulator

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"syscall"
)

// inProcessURL is the endpoint of a server without listener. The name is reserved and resolves nowhere.
const inProcessURL = "https://emulator.test"

// direct is a transport that calls a handler in the goroutine of the client: without sockets, and without goroutines, so
// that a bubble of testing/synctest with its own time holds all of it.
type direct struct {
	handler http.Handler
	host    string
}

// RoundTrip carries the request out and returns the whole response. The request is carried out also when its context
// ends in the meantime, as a service that has received it would; the error is then that of the context.
func (d direct) RoundTrip(r *http.Request) (response *http.Response, err error) {
	if r.Body != nil {
		defer r.Body.Close() //nolint:errcheck // nothing is written
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if r.URL.Scheme != "https" || r.URL.Host != d.host {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: r.URL.Hostname(),
			IsNotFound: true}}
	}
	body, err := readAll(r.Body)
	if err != nil {
		return nil, err
	}
	defer func() {
		switch problem := recover(); problem {
		case nil:
		case http.ErrAbortHandler:
			response, err = nil, reset()
		default:
			panic(problem)
		}
		if r.Context().Err() != nil {
			response, err = nil, r.Context().Err()
		}
	}()
	w := &recorder{header: http.Header{}}
	d.handler.ServeHTTP(w, received(r, body))
	return w.response(r), nil
}

func readAll(body io.Reader) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	return io.ReadAll(body)
}

// received is the request as a server sees it.
func received(r *http.Request, body []byte) *http.Request {
	in := r.Clone(r.Context())
	in.Body = io.NopCloser(bytes.NewReader(body))
	in.ContentLength = int64(len(body))
	in.RequestURI = r.URL.RequestURI()
	in.RemoteAddr = "127.0.0.1:0"
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	in.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	return in
}

// reset is the error of a connection that the other side broke.
func reset() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
}

// recorder keeps what a handler writes.
type recorder struct {
	header http.Header
	sent   http.Header // as it was when the status was written
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *recorder) Write(content []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(content)
}

func (w *recorder) response(r *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	status := strconv.Itoa(w.status) + " " + http.StatusText(w.status)
	return &http.Response{Status: status, StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1,
		ProtoMinor: 1, Header: w.sent, Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r}
}
