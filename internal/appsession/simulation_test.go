package appsession

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/graph"
	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// life is a session in an emulated tenant, on which Terraform runs every day, and somebody who uses its secret.
type life struct {
	*driver
	tenant *emulator.Tenant
	server *emulator.Server
	state  stored
	began  time.Time
	events []string // what an apply has changed, by the day
	// The consumer signs in with what it has read.
	read   string
	readAt time.Time
}

// token signs in with a client secret.
func (l *life) token(ctx context.Context, clientID, secret string) (graph.Token, error) {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret}, "scope": {l.server.URL() + "/.default"},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.server.URL()+"/"+l.tenant.ID()+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		return graph.Token{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := l.server.Client().Do(request)
	if err != nil {
		return graph.Token{}, err
	}
	defer func() { _ = response.Body.Close() }()
	var answer struct {
		Token       string `json:"access_token"`
		Description string `json:"error_description"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Token == "" {
		return graph.Token{}, fmt.Errorf("refused: %s %w", answer.Description, err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(answer.Token, ".")[1])
	if err != nil {
		return graph.Token{}, err
	}
	var claims struct {
		ObjectID string   `json:"oid"`
		Roles    []string `json:"roles"`
	}
	err = json.Unmarshal(payload, &claims)
	return graph.Token{Value: answer.Token, ObjectID: claims.ObjectID, Permissions: claims.Roles}, err
}

// Token is that of the provider.
func (l *life) Token(ctx context.Context, _ string) (graph.Token, error) {
	return l.token(ctx, l.tenant.Admin().ClientID, l.tenant.Admin().ClientSecret)
}

func (*life) Forget(string) {}

// SignIn is that of the session.
func (l *life) SignIn(ctx context.Context, _, clientID, secret, _ string) ([]string, error) {
	token, err := l.token(ctx, clientID, secret)
	if err != nil {
		return nil, &entra.SignInRefusedError{NotYet: true, Cause: err}
	}
	return token.Permissions, nil
}

func newLife(t *testing.T) *life {
	t.Helper()
	server, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tenant, err := server.Tenant(emulator.TenantOptions{})
	if err != nil {
		t.Fatal(err)
	}
	l := &life{driver: newDriver(t), tenant: tenant, server: server, began: time.Now()}
	l.state = l.none()
	gateway, err := graph.New(graph.Options{
		Endpoint: server.URL(), HTTPClient: server.Client(), Tokens: l, SignIns: l, Clock: entra.SystemClock{}, UserAgent: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	data := l.data
	data.Sessions, data.Permissions, data.Policies, data.Clock, data.TenantID = gateway, gateway, gateway, entra.SystemClock{}, tenant.ID()
	l.configure(data)
	return l
}

// terraform refreshes, plans and applies, where the plan changes something.
func (l *life) terraform(config model) {
	l.t.Helper()
	if !l.state.value.IsNull() {
		state, diags := l.refresh(l.state)
		if len(diags) > 0 {
			l.t.Fatalf("day %d: %s", l.day(), texts(diags))
		}
		l.state = state
	}
	before := l.state
	planned, diags := l.plan(config, l.state)
	if len(diags) > 0 {
		l.t.Fatalf("day %d: %s", l.day(), texts(diags))
	}
	if l.value(planned.PlannedState).Equal(l.state.value) {
		return
	}
	state, diags := l.change(planned.PlannedState, l.dynamic(l.raw(config)), l.state, planned.PlannedPrivate)
	if len(diags) > 0 {
		l.t.Fatalf("day %d: %s", l.day(), texts(diags))
	}
	l.state = state
	l.note(before)
	if n := len(l.registration().Secrets); n > 2 {
		l.t.Errorf("day %d: %d secrets", l.day(), n)
	}
}

func (l *life) day() int { return int(time.Since(l.began).Hours() / 24) }

// note tells what an apply has changed.
func (l *life) note(before stored) {
	l.t.Helper()
	now := l.model(l.state.value)
	had := model{}
	if !before.value.IsNull() {
		had = l.model(before.value)
	}
	if now.SecretKeyID.Equal(had.SecretKeyID) && len(now.Retiring.Elements()) == len(had.Retiring.Elements()) {
		return
	}
	event := "the old one is removed"
	if !now.SecretKeyID.Equal(had.SecretKeyID) {
		event = "a new secret, valid until day " + fmt.Sprint(int(tfkit.Moment(now.SecretExpiresAt).Sub(l.began).Hours()/24))
		for _, r := range now.retiring() {
			event += ", the old one stays until day " + fmt.Sprint(int(tfkit.Moment(r.removeAfter).Sub(l.began).Hours()/24))
		}
	}
	l.events = append(l.events, fmt.Sprintf("day %3d: %s", l.day(), event))
}

// consume signs in, and reads the output anew when it is as old as that.
func (l *life) consume(every time.Duration) {
	l.t.Helper()
	if now := l.model(l.state.value); l.read == "" || time.Since(l.readAt) >= every {
		l.read, l.readAt = now.SecretValue.ValueString(), time.Now()
	}
	if _, err := l.token(l.t.Context(), l.model(l.state.value).ClientID.ValueString(), l.read); err != nil {
		l.t.Errorf("day %d: what was read %s ago does not sign in: %v", l.day(), time.Since(l.readAt), err)
	}
}

func (l *life) registration() entra.Registration {
	l.t.Helper()
	gateway, err := graph.New(graph.Options{
		Endpoint: l.server.URL(), HTTPClient: l.server.Client(), Tokens: l, SignIns: l, Clock: entra.SystemClock{}, UserAgent: "test",
	})
	if err != nil {
		l.t.Fatal(err)
	}
	state := l.model(l.state.value)
	have, err := gateway.Read(l.t.Context(), l.tenant.ID(), entra.Ref{ClientID: state.ClientID.ValueString(), ObjectID: state.ApplicationObjectID.ValueString()})
	if err != nil {
		l.t.Fatal(err)
	}
	return have
}

// Two years with an apply each day, but for outages of ten days. Whoever reads the output anew within the overlap signs in
// at any time, and there are never more than two secrets.
func TestTwoYears(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		outages   []int // days on which ten days begin without an apply
		rotations int
	}{
		"no outage": {nil, 4},
		"outages":   {[]int{145, 306, 470, 619}, 4}, // around due dates, and in overlaps
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := newLife(t)
				config := configured(func(m *model) { m.ClientSecret = secretObject(180, 30, 7, types.StringNull()) })
				for day := range 2 * 365 {
					if !isOut(day, c.outages) {
						l.terraform(config)
					}
					time.Sleep(time.Duration(day%24) * time.Hour) // at all times of the day
					l.consume(6 * day24)
					time.Sleep(time.Duration(24-day%24) * time.Hour)
				}
				t.Logf("%s:\n%s", name, strings.Join(l.events, "\n"))
				made := 0
				for _, event := range l.events {
					if strings.Contains(event, "a new secret") {
						made++
					}
				}
				if made != c.rotations+1 || len(l.events) != 2*c.rotations+1 {
					t.Errorf("%d events", len(l.events))
				}
			})
		})
	}
}

const day24 = 24 * time.Hour

func isOut(day int, outages []int) bool {
	for _, begins := range outages {
		if day >= begins && day < begins+10 {
			return true
		}
	}
	return false
}
