package emulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/conditions"
)

func rules(all ...conditions.Rule) conditions.Conditions { return conditions.Conditions{Rules: all} }

func (w *world) count(t *testing.T, name string) int {
	t.Helper()
	_, found, err := w.tenant.Do(http.MethodGet, "/applications?$filter=displayName eq '"+name+"'", nil)
	if err != nil {
		t.Fatal(err)
	}
	return len(objects(found["value"]))
}

func TestRuleAnswers(t *testing.T) {
	for status, want := range map[int]string{
		403: "Authorization_RequestDenied", 404: "Request_ResourceNotFound", 409: "Directory_ConcurrencyViolation",
		429: "TooManyRequests", 500: "Service_InternalServerError", 503: "serviceNotAvailable", 504: "UnknownError",
	} {
		for _, applied := range []bool{false, true} {
			t.Run(fmt.Sprint(status, " applied ", applied), func(t *testing.T) {
				inBubble(t, func(t *testing.T, w *world) {
					w.under(t, rules(conditions.Rule{Method: "POST", Path: "applications", To: 1,
						Answer: &conditions.Answer{Status: status}, Applied: applied}))
					body := object{"displayName": "Unlucky"}
					// Gateways that give up say no more than a code.
					if got := w.post(t, "/applications", body); got.status != status || got.text("error", "code") != want {
						t.Errorf("got %v", got.err())
					}
					if got := w.count(t, "Unlucky"); (got == 1) != applied {
						t.Errorf("%d applications", got)
					}
					w.post(t, "/applications", body).want(t, http.StatusCreated)
					if last := w.tenant.Requests(); last[len(last)-2].Status != status {
						t.Errorf("the log says %+v", last[len(last)-2])
					}
				})
			})
		}
	}
}

func TestRuleAnswerInFull(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.under(t, rules(
			conditions.Rule{Path: "organization", From: 1, To: 1, Answer: &conditions.Answer{Status: 429, Code: "Request_ThrottledTemporarily",
				Message: "Slow down.", RetryAfter: 7 * time.Second, Headers: map[string]string{"x-ms-throttle-scope": "Tenant"}}},
			conditions.Rule{Path: "organization", From: 2, To: 2, Answer: &conditions.Answer{Status: 503, RetryAfter: time.Minute, RetryAfterDate: true}},
			conditions.Rule{Path: "organization", From: 3, To: 3, Answer: &conditions.Answer{Status: 429}},
		))
		first := w.get(t, "/organization")
		wantRefused(t, first.err(), 429, "Request_ThrottledTemporarily", "Slow down.")
		if first.header.Get("Retry-After") != "7" || first.header.Get("X-Ms-Throttle-Scope") != "Tenant" || first.header.Get("Request-Id") == "" {
			t.Errorf("headers %v", first.header)
		}
		resumes, err := http.ParseTime(w.get(t, "/organization").header.Get("Retry-After"))
		if err != nil || !resumes.Equal(time.Now().Add(time.Minute).UTC().Truncate(time.Second)) {
			t.Errorf("resumes at %v, %v", resumes, err)
		}
		if third := w.get(t, "/organization"); third.status != 429 || third.header.Get("Retry-After") != "" {
			t.Errorf("status %d, headers %v", third.status, third.header)
		}
		w.get(t, "/organization").want(t, http.StatusOK)
	})
}

func TestRulesReset(t *testing.T) {
	for _, applied := range []bool{false, true} {
		t.Run(fmt.Sprint("applied ", applied), func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.under(t, rules(
					conditions.Rule{Path: "applications", Of: conditions.HTTPRequests, To: 1, Reset: true, Applied: applied},
					conditions.Rule{Path: conditions.Batch, To: 1, Reset: true, Applied: applied}))
				body := object{"displayName": "Broken off"}
				w.broken(t, http.MethodPost, "/applications", body)
				w.broken(t, http.MethodPost, "/$batch", object{"requests": list{write("1", "POST", "/applications", body)}})
				if got, want := w.count(t, "Broken off"), map[bool]int{false: 0, true: 2}[applied]; got != want {
					t.Errorf("%d applications, want %d", got, want)
				}
			})
		})
	}
}

// Over sockets, a reset is what it is called.
func TestRulesResetConnections(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.under(t, rules(conditions.Rule{Path: "organization", Of: conditions.HTTPRequests, To: 1, Reset: true}))
	response, err := w.server.Client().Do(w.request(t, http.MethodGet, "/organization", nil))
	if err == nil {
		_ = response.Body.Close()
		t.Fatalf("status %d, want a broken connection", response.StatusCode)
	}
	w.get(t, "/organization").want(t, http.StatusOK)
}

func TestRulesOfBatchParts(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		id, _ := w.newApplication(t, "Batched")
		w.under(t, rules(
			conditions.Rule{Method: "PATCH", Path: "applications/{}", Of: conditions.BatchParts, To: 1, Applied: true,
				Answer: &conditions.Answer{Status: 429, RetryAfter: 3 * time.Second}},
			conditions.Rule{Path: "applications/{}", Probability: 1, Delay: time.Second},
			conditions.Rule{Path: "organization", Probability: 1, Delay: 4 * time.Second}))
		var got map[string]object
		waited := took(func() {
			got = responses(t, w.batch(t,
				write("1", "PATCH", "/applications/"+id, object{"notes": "applied"}),
				part("2", "GET", "/applications/"+id, "dependsOn", list{"1"}),
				part("3", "GET", "/applications/"+id),
				part("4", "GET", "/organization"),
				part("5", "GET", "/applications/"+id, "dependsOn", list{"4"})))
		})
		wantStatuses(t, got, map[string]int{"1": 429, "2": 424, "3": 200, "4": 200, "5": 200})
		if waited != 5*time.Second {
			t.Errorf("the batch took %v: parts that do not wait for each other must be delayed together", waited)
		}
		if dig(got["1"], "headers", "Retry-After") != "3" || dig(got["5"], "body", "notes") != "applied" {
			t.Errorf("the refused part: %v, the application: %v", got["1"], got["5"])
		}
		// Outside of a batch, the first rule does not exist.
		w.patch(t, "/applications/"+id, object{"notes": "x"}).want(t, http.StatusNoContent)
	})
}

func TestRulesOfWholeBatches(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.under(t, rules(conditions.Rule{Path: conditions.Batch, To: 1, Applied: true, Answer: &conditions.Answer{Status: 504}}))
		create := write("1", "POST", "/applications", object{"displayName": "Applied"})
		w.batch(t, create).want(t, http.StatusGatewayTimeout)
		if got := w.count(t, "Applied"); got != 1 {
			t.Errorf("%d applications", got)
		}
		wantStatuses(t, responses(t, w.batch(t, create)), map[string]int{"1": 201})
		requests := w.tenant.Requests()
		lost := requests[len(requests)-2]
		if lost.Status != http.StatusGatewayTimeout || len(lost.Parts) != 1 || lost.Parts[0].Status != http.StatusCreated {
			t.Errorf("the log says %+v", lost)
		}
	})
}

func TestRulesOfSignIn(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.under(t, rules(
			conditions.Rule{Path: conditions.Token, From: 1, To: 1, Answer: &conditions.Answer{Status: 503, RetryAfter: time.Second}},
			conditions.Rule{Path: conditions.Token, From: 2, To: 2, Answer: &conditions.Answer{Status: 401, Code: "AADSTS7000215"}},
			conditions.Rule{Path: conditions.Token, From: 3, To: 3, Delay: time.Second},
			conditions.Rule{Path: conditions.Metadata, To: 1, Answer: &conditions.Answer{Status: 429}}))
		request := func() answer {
			return tokenRequest(t, w.client, w.tenant.ID(), url.Values{"grant_type": {"client_credentials"},
				"client_id": {w.identity.ClientID}, "client_secret": {w.identity.ClientSecret}, "scope": {graphScope}})
		}
		first := request()
		if first.status != 503 || first.header.Get("Retry-After") != "1" || first.text("error") != "temporarily_unavailable" ||
			!slices.Equal(texts(first.body["error_codes"]), []string{"90033"}) {
			t.Errorf("status %d, %v", first.status, first.body)
		}
		if second := request(); second.status != 401 || second.text("error") != "invalid_client" ||
			!slices.Equal(texts(second.body["error_codes"]), []string{"7000215"}) {
			t.Errorf("status %d, %v", second.status, second.body)
		}
		if waited := took(func() { request().want(t, http.StatusOK) }); waited != time.Second {
			t.Errorf("waited %v", waited)
		}
		metadata := w.server.URL() + "/" + w.tenant.ID() + "/v2.0/.well-known/openid-configuration"
		w.get(t, metadata).want(t, http.StatusTooManyRequests)
		w.get(t, metadata).want(t, http.StatusOK)
		for i, entry := range w.tenant.Requests()[1:4] {
			if want := []int{503, 401, 200}[i]; entry.Kind != emulator.KindToken || entry.Status != want || entry.CallerID != w.identity.ClientID {
				t.Errorf("the log says %+v, want status %d", entry, want)
			}
		}
	})
}

// Every tenant counts by itself, and the conditions of one do not touch another.
func TestConditionsOfTenants(t *testing.T) {
	t.Parallel()
	c := rules(conditions.Rule{Path: "organization", To: 1, Answer: &conditions.Answer{Status: 503}})
	on, err := emulator.New(emulator.Options{Conditions: c})
	if err != nil {
		t.Fatal(err)
	}
	first, second := newWorldOn(t, on, emulator.TenantOptions{}), newWorldOn(t, on, emulator.TenantOptions{})
	first.get(t, "/organization").want(t, 503)
	first.get(t, "/organization").want(t, 200)
	second.get(t, "/organization").want(t, 503)

	first.under(t, c)
	second.get(t, "/organization").want(t, 200)
	first.get(t, "/organization").want(t, 503)

	if err := on.SetConditions(c); err != nil {
		t.Fatal(err)
	}
	if status, _, err := first.tenant.Do(http.MethodGet, "/organization", nil); err != nil || status != 200 {
		t.Errorf("the portal's administrator gets %d, %v", status, err)
	}
	first.get(t, "/organization").want(t, 503)
	second.under(t, conditions.Conditions{})
	second.get(t, "/organization").want(t, 200)
	newWorldOn(t, on, emulator.TenantOptions{}).get(t, "/organization").want(t, 503)
}

func TestSenselessConditionsChangeNothing(t *testing.T) {
	t.Parallel()
	senseless := rules(conditions.Rule{Path: "nonsense", Probability: 1, Answer: &conditions.Answer{Status: 503}})
	w := newWorldOn(t, inProcess(), emulator.TenantOptions{})
	w.under(t, rules(conditions.Rule{Path: "organization", Probability: 1, Answer: &conditions.Answer{Status: 503}}))
	const want = `conditions: rules[0].path: nothing is served at "nonsense"`
	if err := w.tenant.SetConditions(senseless); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	w.get(t, "/organization").want(t, 503)
	if _, err := emulator.New(emulator.Options{Conditions: senseless}); err == nil || err.Error() != want {
		t.Errorf("New: %v", err)
	}
	if _, err := emulator.Start(emulator.Options{Conditions: senseless}); err == nil || err.Error() != want {
		t.Errorf("Start: %v", err)
	}
}

// What the documentation shows is accepted.
func TestTheExampleMakesSense(t *testing.T) {
	t.Parallel()
	c, err := conditions.Parse([]byte(conditions.Example))
	if err != nil {
		t.Fatal(err)
	}
	newWorldOn(t, inProcess(), emulator.TenantOptions{}).under(t, c)
}

// The same seed gives the same fates in every tenant, another seed others.
func TestSeeds(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) string {
		w := newWorldOn(t, inProcess(), emulator.TenantOptions{})
		w.under(t, conditions.Conditions{Seed: seed, Rules: []conditions.Rule{{Path: conditions.Any, Probability: 0.4,
			Answer: &conditions.Answer{Status: 503}}}})
		var statuses []int
		for range 20 {
			statuses = append(statuses, w.get(t, "/organization").status, w.get(t, "/domains").status)
		}
		text, err := json.Marshal(statuses)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	first := run(1)
	if again := run(1); again != first {
		t.Errorf("got %s and then %s", first, again)
	}
	if other := run(2); other == first {
		t.Error("another seed gives the same")
	}
}
