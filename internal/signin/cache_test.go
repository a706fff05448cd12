package signin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestConcurrentCallersShareOneSignIn(t *testing.T) {
	t.Parallel()
	fake := &entra{}
	identity := newIdentity(t, fake, nil)
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(func() {
			if _, err := identity.Token(context.Background(), ""); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := len(fake.requests()); got != 1 {
		t.Errorf("%d token requests, want 1", got)
	}
}

func TestACallerThatComesLateUsesTheNewToken(t *testing.T) {
	t.Parallel()
	fake := &entra{}
	identity := newIdentity(t, fake, nil)
	for range 2 {
		// As after finding no token, while another sign-in was just ending.
		if _, err := identity.refresh(t.Context(), homeTenant); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(fake.requests()); got != 1 {
		t.Errorf("%d token requests, want 1", got)
	}
}

func TestTokenIsReplacedFiveMinutesBeforeItsEnd(t *testing.T) {
	t.Parallel()
	fake, now := &entra{}, newClock()
	identity := newIdentity(t, fake, func(c *Config) { c.Clock = now.Now })
	steps := []struct {
		advance  time.Duration
		requests int
	}{{0, 1}, {54 * time.Minute, 1}, {2 * time.Minute, 2}, {time.Minute, 2}}
	for _, step := range steps {
		now.Advance(step.advance)
		if _, err := identity.Token(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		if got := len(fake.requests()); got != step.requests {
			t.Fatalf("at %s: %d token requests, want %d", now.Now().Format(time.TimeOnly), got, step.requests)
		}
	}
}

func TestTokenThatStillHoldsOutlivesAFailingSignIn(t *testing.T) {
	t.Parallel()
	fake, now := &entra{}, newClock()
	identity := newIdentity(t, fake, func(c *Config) { c.Clock = now.Now })
	if _, err := identity.Token(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	fake.answer = refusal(http.StatusUnauthorized, 7000222, "Expired.")
	now.Advance(57 * time.Minute)
	if _, err := identity.Token(t.Context(), ""); err != nil {
		t.Errorf("three minutes before its end: %v", err)
	}
	now.Advance(5 * time.Minute)
	if _, err := identity.Token(t.Context(), ""); err == nil {
		t.Error("an expired token was given out")
	}
}

func TestForgetSignsInAgain(t *testing.T) {
	t.Parallel()
	fake := &entra{}
	identity := newIdentity(t, fake, nil)
	for range 2 {
		if _, err := identity.Token(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
		identity.Forget("")
		if _, err := identity.Token(t.Context(), ""); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(fake.requests()); got != 3 {
		t.Errorf("%d token requests, want 3", got)
	}
}

func TestForgetDuringASignInDropsItsToken(t *testing.T) {
	t.Parallel()
	started, release := make(chan struct{}), make(chan struct{})
	var count atomic.Int32
	fake := &entra{answer: func(tenantID string, _ url.Values) (int, any, http.Header) {
		number := count.Add(1)
		if number == 1 {
			close(started)
			<-release
		}
		return http.StatusOK, tokenBody(map[string]any{"tid": tenantID, "oid": fmt.Sprint(number)}), nil
	}}
	identity := newIdentity(t, fake, nil)
	first := make(chan error)
	go func() { _, err := identity.Token(context.Background(), ""); first <- err }()
	<-started
	identity.Forget("")
	// Does not join the sign-in that is under way, and is what stays.
	if _, err := identity.Token(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	token, err := identity.Token(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if token.Claims.ObjectID != "2" || count.Load() != 2 {
		t.Errorf("token %s of %d, want the second of two", token.Claims.ObjectID, count.Load())
	}
}

func TestACallerThatGivesUpDoesNotDisturbOthers(t *testing.T) {
	t.Parallel()
	started, release := make(chan struct{}), make(chan struct{})
	fake := &entra{answer: func(tenantID string, _ url.Values) (int, any, http.Header) {
		close(started)
		<-release
		return http.StatusOK, tokenBody(map[string]any{"tid": tenantID}), nil
	}}
	identity := newIdentity(t, fake, nil)
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error), make(chan error)
	go func() { _, err := identity.Token(ctx, ""); first <- err }()
	<-started
	go func() { _, err := identity.Token(context.Background(), ""); second <- err }()
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the caller that gave up got %v", err)
	}
	close(release)
	if err := <-second; err != nil {
		t.Errorf("the other got %v", err)
	}
}
