package graph

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/microsoftgraph/msgraph-sdk-go/applicationswithuniquename"
	"github.com/microsoftgraph/msgraph-sdk-go/directory"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// maxNames is how many derived names are tried before a create gives up.
const maxNames = 20

// claims are the unique names that this process is creating.
type claims struct {
	mu    sync.Mutex
	names map[string]bool
}

// take reports false when the name is taken already.
func (c *claims) take(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names[name] {
		return false
	}
	if c.names == nil {
		c.names = map[string]bool{}
	}
	c.names[name] = true
	return true
}

func (c *claims) release(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.names, name)
}

// claimed is a registration that this run may set up.
type claimed struct {
	registration entra.Registration
	fresh        bool   // made by this run
	before       string // nonce that the registration had before, which a lagging replica may still show for a while
	since        time.Time
}

// check compares what a read shows now with the claim of the run with the nonce.
func (c claimed) check(have entra.Registration, kind entra.Kind, nonce string, now time.Time) error {
	switch seen := entra.ProvisioningNonce(have.Tags); {
	case seen == nonce:
		return nil
	case !c.fresh && seen == c.before && now.Sub(c.since) < settlePatience:
		return &entra.GraphError{Kind: entra.ErrNotYetVisible, Operation: "see the claim on the unfinished application"}
	}
	return &entra.LostClaimError{Kind: kind, ClientID: have.ClientID, Finished: entra.ProvisioningNonce(have.Tags) == ""}
}

// claim makes a new registration, or takes over the one that a broken create left. It never touches a registration of
// somebody else: the name is looked up first, and the upsert that follows carries nothing that could wipe credentials
// or permissions.
func (t *tenant) claim(ctx context.Context, c claiming) (claimed, error) {
	for attempt := 1; attempt <= maxNames; attempt++ {
		name := c.name(attempt)
		found, err := t.claimName(ctx, name, c)
		var taken *entra.NameTakenError
		if !errors.As(err, &taken) || !taken.Deleted {
			return found, err
		}
		if c.recover {
			return t.restore(ctx, *taken, c)
		}
		if c.configured != "" {
			return claimed{}, err
		}
		tflog.Info(ctx, "a soft-deleted application holds the unique name; trying the next one", map[string]any{
			"tenant_id": t.id, "unique_name": name,
		})
	}
	return claimed{}, &entra.NameTakenError{Kind: c.kind, UniqueName: c.name(1), Deleted: true}
}

func (t *tenant) claimName(ctx context.Context, name string, c claiming) (claimed, error) {
	lookup := t.lookUpName(ctx, name)
	elsewhere, err := c.lookUp(ctx, lookup)
	if err != nil {
		return claimed{}, err
	}
	if elsewhere != nil {
		return t.takeOver(ctx, *elsewhere, c)
	}
	if lookup.err == nil {
		registration, err := t.decodeApplication(lookup)
		if err != nil {
			return claimed{}, err
		}
		return t.takeOver(ctx, registration, c)
	}
	create, err := t.upsertApplication(ctx, name, c)
	if errors.Is(err, entra.ErrAlreadyExists) {
		holder, err := t.whoHolds(ctx, name, c)
		if err != nil {
			return claimed{}, err
		}
		return t.takeOver(ctx, holder, c)
	}
	if err != nil {
		return claimed{}, err
	}
	if create.answer.status == http.StatusCreated {
		registration, err := t.decodeApplication(create)
		if err != nil {
			return claimed{}, err
		}
		token, err := t.options.Tokens.Token(ctx, t.id)
		registration.CreatorID = token.ObjectID
		return claimed{registration: registration, fresh: true}, err
	}
	return t.overtaken(ctx, name, c)
}

func (t *tenant) lookUpName(ctx context.Context, name string) *call {
	info, err := t.applicationByName(name).ToGetRequestInformation(ctx,
		&applicationswithuniquename.ApplicationsWithUniqueNameRequestBuilderGetRequestConfiguration{
			QueryParameters: &applicationswithuniquename.ApplicationsWithUniqueNameRequestBuilderGetQueryParameters{
				Select: applicationProperties,
			},
		})
	return newCall("look up the unique name "+name, entra.ReadApplications, info, err)
}

// upsertApplication makes the application, with its name and tags only.
func (t *tenant) upsertApplication(ctx context.Context, name string, c claiming) (*call, error) {
	info, err := t.applicationByName(name).ToGetRequestInformation(ctx, nil)
	create := newCall("create the application", entra.ManageApplications, info, err).
		sending(http.MethodPatch, body{"displayName": c.displayName, "tags": c.kind.ClaimedTags(nil, c.nonce)}).upsert()
	return create, t.run(ctx, plan{calls: []*call{create}})
}

// holderPatience bounds the wait for whoever holds a unique name to show.
const holderPatience = time.Minute

// whoHolds finds the holder of a unique name that was refused as taken although a look-up had found none. It is either
// an application that is not known everywhere yet, perhaps made by this very run, or one in the deleted items, for which
// the error is *entra.NameTakenError. To take another name before the holder shows could make a registration twice.
func (t *tenant) whoHolds(ctx context.Context, name string, c claiming) (entra.Registration, error) {
	taken := &entra.NameTakenError{Kind: c.kind, UniqueName: name}
	var holder entra.Registration
	err := t.wait(ctx, waiting{forWhat: "see who holds the unique name " + name, patience: holderPatience}, func() (bool, error) {
		live, deleted := t.lookUpName(ctx, name), t.listDeleted(ctx, name)
		pages, err := t.list(ctx, []*call{live}, deleted)
		if err != nil {
			return false, err
		}
		if live.err == nil {
			holder, err = t.decodeApplication(live)
			return true, err
		}
		found, err := decodePages[applicationObject](pages[0])
		for _, app := range found {
			if app.UniqueName == name {
				taken.ClientID, taken.ObjectID, taken.DisplayName = app.AppID, app.ID, app.DisplayName
				taken.Deleted, taken.Foreign = true, !slices.Contains(app.Tags, c.kind.Tag())
			}
		}
		return taken.Deleted, err
	})
	if taken.Deleted || errors.Is(err, errPatience) {
		return entra.Registration{}, taken
	}
	return holder, err
}

func (t *tenant) listDeleted(ctx context.Context, name string) *call {
	info, err := t.deletedItems().GraphApplication().ToGetRequestInformation(ctx,
		&directory.DeletedItemsGraphApplicationRequestBuilderGetRequestConfiguration{
			QueryParameters: &directory.DeletedItemsGraphApplicationRequestBuilderGetQueryParameters{
				Select: []string{"id", "appId", "displayName", "uniqueName", "tags"}, Top: &pageSize,
			},
		})
	return newCall("look for a deleted holder of the unique name "+name, entra.ReadApplications, info, err)
}

// restore brings a soft-deleted registration of the kind back and claims it, so that this run can bring it in line. A foreign
// application is never restored.
func (t *tenant) restore(ctx context.Context, deleted entra.NameTakenError, c claiming) (claimed, error) {
	if deleted.ObjectID == "" || deleted.Foreign {
		return claimed{}, &deleted
	}
	if err := t.restoreDeleted(ctx, "restore the deleted application", deleted.ObjectID); err != nil {
		return claimed{}, err
	}
	lookup := t.lookUpName(ctx, deleted.UniqueName).waitingBriefly(holderPatience, missing)
	if err := t.run(ctx, plan{calls: []*call{lookup}}); err != nil {
		return claimed{}, err
	}
	found, err := t.decodeApplication(lookup)
	if err != nil {
		return claimed{}, err
	}
	before := entra.ProvisioningNonce(found.Tags)
	found.Tags = c.kind.ClaimedTags(found.Tags, c.nonce)
	claim := t.patchApplication(ctx, "take over the restored application", found.ObjectID, body{"tags": found.Tags})
	if err := t.run(ctx, plan{calls: []*call{claim}}); err != nil {
		return claimed{}, err
	}
	restored := claimed{registration: found, before: before, since: t.options.Clock.Now()}
	return restored, t.restoreServicePrincipal(ctx, found.ClientID)
}

// restoreDeleted brings an object back from the deleted items. One that is not among them has been brought back, perhaps
// by a request whose answer was lost.
func (t *tenant) restoreDeleted(ctx context.Context, operation, objectID string) error {
	info, err := t.deletedItems().ByDirectoryObjectId(objectID).Restore().ToPostRequestInformation(ctx, nil)
	c := newCall(operation, entra.ManageApplications, info, err)
	c.once = false
	return unlessGone(t.run(ctx, plan{calls: []*call{c}}), []*call{c})
}

// restoreServicePrincipal brings the service principal of a restored application back, with what it was given.
func (t *tenant) restoreServicePrincipal(ctx context.Context, clientID string) error {
	filter := "appId eq '" + clientID + "'"
	info, err := t.deletedItems().GraphServicePrincipal().ToGetRequestInformation(ctx,
		&directory.DeletedItemsGraphServicePrincipalRequestBuilderGetRequestConfiguration{
			QueryParameters: &directory.DeletedItemsGraphServicePrincipalRequestBuilderGetQueryParameters{
				Filter: &filter, Select: []string{"id", "appId"},
			},
		})
	lookup := newCall("look for the deleted service principal", entra.ReadApplications, info, err)
	if err := t.run(ctx, plan{calls: []*call{lookup}}); err != nil {
		return err
	}
	page, err := decode[collection[servicePrincipalObject]](lookup)
	if err != nil {
		return err
	}
	for _, principal := range page.Value {
		if err := t.restoreDeleted(ctx, "restore the deleted service principal", principal.ID); err != nil {
			return err
		}
	}
	return nil
}
