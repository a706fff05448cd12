package graph

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-log/tflog"
	"github.com/microsoftgraph/msgraph-sdk-go/applications"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

// tagRounds bounds how often tags are written again because somebody else has written them at the same time.
const tagRounds = 4

// changeTags writes what next makes of the tags of an application, and returns what it has written. Microsoft Graph
// replaces the list as a whole, so one change at a time reads it and writes it. A second read comes immediately before
// the write, in the same batch: tags that it shows and the first one did not are somebody else's, and are put back.
func (t *tenant) changeTags(
	ctx context.Context, operation, objectID string, next func([]string) ([]string, error),
) ([]string, error) {
	defer t.locks.lock(objectID)()
	tags, err := t.agreedTags(ctx, objectID)
	if err != nil {
		return nil, err
	}
	putsBack := false
	for range tagRounds {
		wanted, err := next(tags)
		if err != nil || !putsBack && sameTags(wanted, tags) {
			return wanted, err
		}
		before := t.readTags(ctx, objectID).waitingFor(missing)
		write := t.patchApplication(ctx, operation, objectID, body{"tags": wanted})
		if err := t.run(ctx, plan{calls: []*call{before, write}, serial: true}); err != nil {
			return nil, err
		}
		shown, err := decodeTags(before)
		if err != nil {
			return nil, err
		}
		lost := slices.DeleteFunc(shown, func(tag string) bool {
			// What a replica that lags behind may still show of a create that has ended does not come back.
			return slices.Contains(tags, tag) || slices.Contains(wanted, tag) || entra.ProvisioningNonce([]string{tag}) != ""
		})
		if len(lost) == 0 {
			return wanted, nil
		}
		tflog.Info(ctx, "somebody else has added a tag at the same time; putting it back", map[string]any{
			"tenant_id": t.id, "application": objectID, "tags": lost,
		})
		tags, putsBack = append(slices.Clone(tags), lost...), true
	}
	return nil, &entra.GraphError{
		Kind: entra.ErrConflict, Operation: operation,
		Remedy: "something else keeps changing the tags of the application; find out what, and apply again",
	}
}

// agreedTags reads the tags until all copies of a read show the same.
func (t *tenant) agreedTags(ctx context.Context, objectID string) (agreed []string, err error) {
	err = t.wait(ctx, waiting{forWhat: "see the same tags several times", patience: settlePatience}, func() (bool, error) {
		reads := t.readTagsSeveralTimes(ctx, objectID)
		if err := t.run(ctx, plan{calls: reads}); err != nil {
			return false, err
		}
		for i, read := range reads {
			shown, err := decodeTags(read)
			if err != nil || i > 0 && !sameTags(shown, agreed) {
				return false, err
			}
			agreed = shown
		}
		return true, nil
	})
	return agreed, err
}

// readTagsSeveralTimes asks as often as copies have to agree where replicas may lag behind.
func (t *tenant) readTagsSeveralTimes(ctx context.Context, objectID string) []*call {
	reads := make([]*call, agreeingCopies)
	for i := range reads {
		reads[i] = t.readTags(ctx, objectID).waitingFor(missing)
	}
	return reads
}

func sameTags(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

func decodeTags(read *call) ([]string, error) {
	application, err := decode[applicationObject](read)
	return application.Tags, err
}

func (t *tenant) readTags(ctx context.Context, objectID string) *call {
	info, err := t.application(objectID).ToGetRequestInformation(ctx,
		&applications.ApplicationItemRequestBuilderGetRequestConfiguration{
			QueryParameters: &applications.ApplicationItemRequestBuilderGetQueryParameters{Select: []string{"id", "tags"}},
		})
	return newCall("read the tags", entra.ReadApplications, info, err)
}

// unmarkRotation takes off the request for a rotation, once that is over.
func (w *work) unmarkRotation(ctx context.Context, change entra.UnmarkRotation) (err error) {
	w.have.Tags, err = w.tenant.changeTags(ctx, change.Describe(), w.have.ObjectID, func(tags []string) ([]string, error) {
		return entra.TagsOfAnswer(tags), nil
	})
	return err
}

// adopt writes the mark of its kind on a registration that lacks it, and leaves the other tags as they are.
func (w *work) adopt(ctx context.Context) error {
	_, err := w.tenant.changeTags(ctx, "mark the application as "+w.want.Kind().Tag(), w.have.ObjectID, func(tags []string) ([]string, error) {
		return w.want.Kind().FinishedTags(tags), nil
	})
	return err
}
