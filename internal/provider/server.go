package provider

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/sapio365/terraform-provider-sapio365/internal/tfkit"
)

// Server returns what makes the server of the provider's version for Terraform's plugin protocol.
func Server(version string) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		p := &sapio365{version: version}
		made := providerserver.NewProtocol6(p)()
		whole, ok := made.(framework)
		if !ok {
			return made
		}
		return server{whole, p}
	}
}

// framework is all that the framework's server can do. What it can do beyond the ProviderServer has to stay visible.
type framework interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// server lends the framework the contexts of the calls that are made for each resource, data source, ephemeral resource
// and call of a function. The framework keeps the context of each call for as long as the process lives, to cancel it
// when Terraform stops the provider; with it stay the loggers and the message of the call, which with thousands of
// resources are most of the provider's memory.
type server struct {
	framework
	provider *sapio365
}

// withDomains lets a call find the tenants of domains.
func (s server) withDomains(ctx context.Context) context.Context {
	return tfkit.WithDomains(ctx, s.provider.findDomains)
}

// lent is a context that holds on to nothing once the call is over.
type lent struct {
	inner atomic.Pointer[context.Context]
	done  <-chan struct{}
}

// lend passes the context to the call, for its duration.
func lend[Request, Response any](
	ctx context.Context, request Request, call func(context.Context, Request) (Response, error),
) (Response, error) {
	ctx, cancel := context.WithCancel(ctx)
	l := &lent{done: ctx.Done()}
	l.inner.Store(&ctx)
	defer l.inner.Store(nil)
	defer cancel()
	return call(l, request)
}

func (l *lent) Deadline() (time.Time, bool) {
	if ctx := l.inner.Load(); ctx != nil {
		return (*ctx).Deadline()
	}
	return time.Time{}, false
}

func (l *lent) Done() <-chan struct{} { return l.done }

func (l *lent) Err() error {
	if ctx := l.inner.Load(); ctx != nil {
		return (*ctx).Err()
	}
	return context.Canceled
}

func (l *lent) Value(key any) any {
	if ctx := l.inner.Load(); ctx != nil {
		return (*ctx).Value(key)
	}
	return nil
}

// UpgradeResourceState passes the call on.
func (s server) UpgradeResourceState(
	ctx context.Context, r *tfprotov6.UpgradeResourceStateRequest,
) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return lend(ctx, r, s.framework.UpgradeResourceState)
}

// UpgradeResourceIdentity passes the call on.
func (s server) UpgradeResourceIdentity(
	ctx context.Context, r *tfprotov6.UpgradeResourceIdentityRequest,
) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return lend(ctx, r, s.framework.UpgradeResourceIdentity)
}

// ReadResource passes the call on.
func (s server) ReadResource(ctx context.Context, r *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return lend(ctx, r, s.framework.ReadResource)
}

// PlanResourceChange passes the call on.
func (s server) PlanResourceChange(
	ctx context.Context, r *tfprotov6.PlanResourceChangeRequest,
) (*tfprotov6.PlanResourceChangeResponse, error) {
	return lend(ctx, r, s.framework.PlanResourceChange)
}

// ApplyResourceChange passes the call on.
func (s server) ApplyResourceChange(
	ctx context.Context, r *tfprotov6.ApplyResourceChangeRequest,
) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return lend(ctx, r, s.framework.ApplyResourceChange)
}

// ImportResourceState passes the call on.
func (s server) ImportResourceState(
	ctx context.Context, r *tfprotov6.ImportResourceStateRequest,
) (*tfprotov6.ImportResourceStateResponse, error) {
	return lend(s.withDomains(ctx), r, s.framework.ImportResourceState)
}

// ReadDataSource passes the call on.
func (s server) ReadDataSource(ctx context.Context, r *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return lend(ctx, r, s.framework.ReadDataSource)
}

// OpenEphemeralResource passes the call on.
func (s server) OpenEphemeralResource(
	ctx context.Context, r *tfprotov6.OpenEphemeralResourceRequest,
) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return lend(ctx, r, s.framework.OpenEphemeralResource)
}

// CloseEphemeralResource passes the call on.
func (s server) CloseEphemeralResource(
	ctx context.Context, r *tfprotov6.CloseEphemeralResourceRequest,
) (*tfprotov6.CloseEphemeralResourceResponse, error) {
	return lend(ctx, r, s.framework.CloseEphemeralResource)
}

// CallFunction passes the call on.
func (s server) CallFunction(ctx context.Context, r *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	return lend(ctx, r, s.framework.CallFunction)
}
