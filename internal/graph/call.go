package graph

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	abstractions "github.com/microsoft/kiota-abstractions-go"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// call is one request to Microsoft Graph, sent as a part of a batch.
type call struct {
	operation string // in the infinitive, for errors and the log
	right     entra.Right
	method    string
	url       string // relative to /v1.0, with query
	headers   map[string]string
	body      json.RawMessage

	// once is set on requests that must not be sent again unless the first is known to have had no effect.
	once bool
	// notYet recognises the answers that mean "not replicated yet" to this call. They are waited out as long as the
	// context lasts.
	notYet func(*answer) bool
	// perhaps recognises those that may mean so, and may be meant for good. They are waited out for patience.
	perhaps  func(*answer) bool
	patience time.Duration
	// absent, when set, is what it means that the call still finds nothing when patience is over: an error to report,
	// not a lag to wait out.
	absent string

	// resent is set when an earlier sending may have been carried out, whose answer was lost.
	resent bool

	answer *answer
	err    error
}

// answer is what came back for one call.
type answer struct {
	status int
	header http.Header
	body   json.RawMessage
	odata  odataError
}

func (a *answer) ok() bool { return a.status >= 200 && a.status < 300 }

// says tells whether the answer has the status and a message that contains the text, ignoring case.
func (a *answer) says(status int, text string) bool {
	return a.status == status && strings.Contains(strings.ToLower(a.odata.Message), strings.ToLower(text))
}

// newCall takes over what the SDK's request builder has made. The builder's errors are those of serialising a model,
// which only a programming error causes.
func newCall(operation string, right entra.Right, info *abstractions.RequestInformation, err error) *call {
	c := &call{operation: operation, right: right}
	if err != nil {
		c.err = fmt.Errorf("could not %s: the request cannot be built: %w", operation, err)
		return c
	}
	uri, err := info.GetUri()
	if err != nil {
		c.err = fmt.Errorf("could not %s: the request has no address: %w", operation, err)
		return c
	}
	c.method, c.url, c.body = info.Method.String(), uri.RequestURI(), info.Content
	c.once = c.method == http.MethodPost
	for _, name := range info.Headers.ListKeys() {
		if strings.EqualFold(name, "Accept") {
			continue
		}
		if c.headers == nil {
			c.headers = map[string]string{}
		}
		c.headers[name] = strings.Join(info.Headers.Get(name), ",")
	}
	return c
}

// waitingFor sets the answers that the call waits out.
func (c *call) waitingFor(notYet func(*answer) bool) *call {
	c.notYet = notYet
	return c
}

// waitingBriefly sets the answers that the call waits out for the time.
func (c *call) waitingBriefly(patience time.Duration, perhaps func(*answer) bool) *call {
	c.perhaps, c.patience = perhaps, patience
	return c
}
