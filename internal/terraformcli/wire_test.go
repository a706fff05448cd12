package terraformcli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// wire watches what the provider sends to the emulator, and springs a trap at one of the requests.
type wire struct {
	mu          sync.Mutex
	count       int
	numbers     map[*http.Request]int // of those whose answer has not left
	connections map[string]bool       // by the address at the provider's end
	trap        *trap
}

// reset forgets what was sent, and the trap.
func (w *wire) reset() { w.set(nil) }

// set begins to count anew and lays the trap.
func (w *wire) set(t *trap) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count, w.numbers, w.connections, w.trap = 0, map[*http.Request]int{}, map[string]bool{}, t
}

// sent is the number of requests, tokens included.
func (w *wire) sent() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.count
}

// connected is the number of TCP connections that carried requests.
func (w *wire) connected() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.connections)
}

// interrupt is the emulator's hook.
func (w *wire) interrupt(r *http.Request, applied bool) bool {
	w.mu.Lock()
	if !applied {
		w.count++
		w.connections[r.RemoteAddr] = true
		w.numbers[r] = w.count
	}
	number, t := w.numbers[r], w.trap
	if t != nil && t.at == 0 && strings.Contains(describe(r), t.about) {
		t.at = number
	}
	if applied {
		delete(w.numbers, r)
	}
	w.mu.Unlock()
	if t == nil || number != t.at {
		return false
	}
	if !applied {
		t.request = describe(r)
	}
	if applied != t.after {
		return false
	}
	t.spring()
	return true
}

// describe says what a request is about, and leaves its body to be read.
func describe(r *http.Request) string {
	if strings.HasSuffix(r.URL.Path, "/token") {
		return "sign-in"
	}
	path := strings.TrimPrefix(r.URL.Path, "/v1.0")
	if path != "/$batch" {
		return r.Method + " " + shortened(path)
	}
	content, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(content))
	var batch struct {
		Requests []struct{ Method, URL string }
	}
	if err != nil || json.Unmarshal(content, &batch) != nil {
		return "a batch that cannot be read"
	}
	var order []string
	times := map[string]int{}
	for _, part := range batch.Requests {
		what := part.Method + " " + shortened(part.URL)
		if times[what]++; times[what] == 1 {
			order = append(order, what)
		}
	}
	method := ""
	for i, what := range order {
		m, path, _ := strings.Cut(what, " ")
		if n := times[what]; n > 1 {
			path = fmt.Sprintf("%d × %s", n, path)
		}
		if m != method { // said once for all that follow
			path = m + " " + path
		}
		order[i], method = path, m
	}
	return fmt.Sprintf("batch of %d: %s", len(batch.Requests), strings.Join(order, ", "))
}

// shortened is a path without the ids and options in it.
func shortened(path string) string {
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain
	}
	path, _, _ = strings.Cut(path, "?")
	return ids.ReplaceAllString(path, "…")
}

// ids are what tells one object from another.
var ids = regexp.MustCompile(`'[^']*'|[\w-]{32,}`)
