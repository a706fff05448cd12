package provider

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// What the framework's server can do beyond the protocol's core, Terraform finds by asking the server that it is given.
func TestServerIsTheWholeFramework(t *testing.T) {
	t.Parallel()
	if made, ok := Server("test")().(server); !ok {
		t.Fatalf("the framework's server has come to lack something: %T", made)
	}
}

// A provider works on thousands of resources in one process: nothing of a call may stay when it is over.
func TestCallsLeaveNothing(t *testing.T) {
	t.Parallel()
	s := Server("test")()
	request := &tfprotov6.UpgradeResourceStateRequest{
		TypeName: "sapio365_app_session", RawState: &tfprotov6.RawState{JSON: []byte(`{"display_name": "x"}`)},
	}
	type key struct{}
	call := func() weak.Pointer[[1 << 16]byte] {
		carried := new([1 << 16]byte)
		response, err := s.UpgradeResourceState(context.WithValue(t.Context(), key{}, carried), request)
		if err != nil || len(response.Diagnostics) > 0 {
			t.Fatalf("error %v, %v", err, response)
		}
		return weak.Make(carried)
	}
	left := call()
	for deadline := time.Now().Add(10 * time.Second); left.Value() != nil; runtime.GC() {
		if time.Now().After(deadline) {
			t.Fatal("what the context of a call carries is kept when the call is over")
		}
	}
	runtime.KeepAlive(s)
}

// A call sees the context that it was given; whatever is made of it ends with the call.
func TestLentContext(t *testing.T) {
	t.Parallel()
	type key struct{}
	given, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "carried"), time.Hour)
	defer cancel()
	var kept, child context.Context
	answer, err := lend(given, "request", func(ctx context.Context, request string) (string, error) {
		deadline, _ := given.Deadline()
		if got, ok := ctx.Deadline(); !ok || got != deadline || ctx.Value(key{}) != "carried" || ctx.Err() != nil {
			t.Errorf("deadline %v, value %v, error %v", got, ctx.Value(key{}), ctx.Err())
		}
		kept = ctx
		child, cancel = context.WithCancel(ctx)
		return request + ", answered", context.DeadlineExceeded
	})
	if answer != "request, answered" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%q, %v", answer, err)
	}
	<-kept.Done()
	<-child.Done()
	_, limited := kept.Deadline()
	if limited || kept.Value(key{}) != nil || !errors.Is(kept.Err(), context.Canceled) || !errors.Is(child.Err(), context.Canceled) {
		t.Errorf("afterwards the value is %v, the errors are %v and %v", kept.Value(key{}), kept.Err(), child.Err())
	}
}

// The end of the given context is that of the lent one.
func TestLentContextIsCancelled(t *testing.T) {
	t.Parallel()
	given, cancel := context.WithCancel(t.Context())
	_, err := lend(given, 0, func(ctx context.Context, _ int) (int, error) {
		cancel()
		<-ctx.Done()
		return 0, ctx.Err()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
