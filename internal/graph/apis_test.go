package graph_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// Sessions that are created at the same time look the APIs up once, and none waits with its own look-up for that.
func TestConcurrentSessionsLookAPIsUpOnce(t *testing.T) {
	t.Parallel()
	distant, err := emulator.Start(emulator.Options{Latency: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(distant.Close)
	w := newWorldOn(t, distant, emulator.TenantOptions{}, entra.SystemClock{})
	w.tenant.ResetRequests()
	var sessions sync.WaitGroup
	for i := range 10 {
		sessions.Go(func() {
			if _, err := w.Create(t.Context(), w.tenant.ID(), secretSession(t, fmt.Sprint("Session ", i)), entra.CreateOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	sessions.Wait()
	lookUps, first := 0, 0
	for _, request := range w.tenant.Requests() {
		names := 0
		for _, part := range request.Parts {
			if strings.HasPrefix(part.Path, "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')") {
				lookUps++
			}
			if strings.HasPrefix(part.Path, "/applications(uniqueName=") && part.Method == "GET" {
				names++
			}
		}
		first = max(first, names)
	}
	if lookUps != 1 {
		t.Errorf("%d look-ups of Microsoft Graph, want one", lookUps)
	}
	if first < 5 {
		t.Errorf("at most %d names were looked up together", first)
	}
}

// Sessions that are imported at the same time have the names of the resources looked up once.
func TestConcurrentReadsNameResourcesOnce(t *testing.T) {
	t.Parallel()
	distant, err := emulator.Start(emulator.Options{Latency: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(distant.Close)
	w := newWorldOn(t, distant, emulator.TenantOptions{}, entra.SystemClock{})
	var clientIDs []string
	for i := range 5 {
		result, _ := w.create(secretSession(t, fmt.Sprint("Session ", i)))
		clientIDs = append(clientIDs, result.Registration.ClientID)
	}
	w.Gateway = w.another(distant.Client().Transport, w.tenant.Admin(), entra.SystemClock{})
	w.tenant.ResetRequests()
	var sessions sync.WaitGroup
	for _, clientID := range clientIDs {
		sessions.Go(func() {
			have, err := w.Read(t.Context(), w.tenant.ID(), entra.Ref{ClientID: clientID})
			if err != nil || len(have.Granted()) == 0 {
				t.Errorf("granted %v, error %v", have.Granted(), err)
			}
		})
	}
	sessions.Wait()
	lookUps := 0
	for _, request := range w.tenant.Requests() {
		for _, part := range request.Parts {
			if strings.HasPrefix(part.Path, "/servicePrincipals/") && strings.Count(part.Path, "/") == 2 {
				lookUps++
			}
		}
	}
	if lookUps != 1 {
		t.Errorf("%d look-ups of the resource, want one", lookUps)
	}
}
