package graph

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

// deletable are the kinds that can be restored, by the type cast that lists them, with the permissions needed.
var deletable = map[directory.Kind]struct{ read, write requirement }{
	directory.Application:      {readApplications, writeApplications},
	directory.ServicePrincipal: {readApplications, writeApplications},
	directory.User:             {readUsers, writeUsers},
	directory.Group:            {readGroups, writeGroups},
}

func (c *call) listDeleted() (reply, error) {
	kind := directory.Kind(strings.TrimPrefix(c.keys[0].Text, "microsoft.graph."))
	if rule, ok := deletable[kind]; ok && strings.HasPrefix(c.keys[0].Text, "microsoft.graph.") {
		if err := c.authorize(rule.read); err != nil {
			return reply{}, err
		}
		return c.list(kind, c.view(directory.List).DeletedObjects(kind))
	}
	deleted, ok := c.view(directory.Read).DeletedObject(c.keys[0].Text)
	if !ok {
		return reply{}, notFound(c.keys[0].Text)
	}
	if err := c.authorize(deletable[deleted.Kind].read); err != nil {
		return reply{}, err
	}
	return c.mixed(http.StatusOK, deleted)
}

// deletedObject finds the soft-deleted object that a write names, for a caller that may write its kind.
func (c *call) deletedObject() (*directory.Object, error) {
	deleted, ok := c.find(directory.Target, func(view directory.View) (*directory.Object, bool) {
		return view.DeletedObject(c.keys[0].Text)
	})
	if !ok {
		return nil, notFound(c.keys[0].Text)
	}
	if err := c.authorize(deletable[deleted.Kind].write); err != nil {
		return nil, err
	}
	if c.ownedOnly && !deleted.Linked(directory.Owners, c.caller.ObjectID) {
		return nil, denied()
	}
	return deleted, nil
}

func (c *call) restore() (reply, error) {
	deleted, err := c.deletedObject()
	if err != nil {
		return reply{}, err
	}
	// The optional parameters concern users alone and change nothing here.
	if _, err := parameters(c.body, map[string]string{"autoReconcileProxyConflict": "Boolean",
		"newUserPrincipalName": "String"}); err != nil {
		return reply{}, err
	}
	if err := c.checkRestore(deleted); err != nil {
		return reply{}, err
	}
	restored := *deleted
	restored.Deleted = time.Time{}
	c.tenant.Put(&restored)
	return c.mixed(http.StatusOK, &restored)
}

// checkRestore refuses what would clash with objects made in the meantime. An application comes back without its
// service principal, which needs a restore of its own, after that of the application.
func (c *call) checkRestore(o *directory.Object) error {
	view := c.view(directory.Write)
	switch o.Kind {
	case directory.Application:
		uris := o.Values("identifierUris")
		for _, other := range view.List(directory.Application) {
			others := other.Values("identifierUris")
			for _, uri := range uris {
				if containsFold(others, fmt.Sprint(uri)) {
					return duplicateProperty("identifierUris")
				}
			}
		}
	case directory.ServicePrincipal:
		appID := o.Text("appId")
		if _, taken := view.Find(directory.ServicePrincipal, "appId", appID); taken {
			return servicePrincipalTaken(appID)
		}
		_, _, backed := c.Directory.HomeApplication(appID, directory.Reference, c.replica)
		if _, microsoft := microsoftAPIs()[appID]; !backed && !microsoft {
			return badRequest("Cannot restore ServicePrincipal without backing Application %s", appID)
		}
	case directory.User:
		if _, taken := view.Find(directory.User, "userPrincipalName", o.Text("userPrincipalName")); taken {
			return duplicateProperty("userPrincipalName")
		}
	}
	return nil
}

// purgeDeleted removes a soft-deleted object for good. The service principal of a purged application stays behind.
func (c *call) purgeDeleted() (reply, error) {
	deleted, err := c.deletedObject()
	if err != nil {
		return reply{}, err
	}
	c.purge(deleted)
	return noContent()
}

// purge removes an object with everything that hangs on it.
func (c *call) purge(o *directory.Object) {
	c.tenant.Remove(o)
	view := c.view(directory.Write)
	for kind, ends := range map[directory.Kind][]string{
		directory.AppRoleAssignment: {"principalId", "resourceId"},
		directory.PermissionGrant:   {"clientId", "resourceId", "principalId"},
		directory.RoleAssignment:    {"principalId"},
	} {
		for _, link := range view.List(kind) {
			if slices.ContainsFunc(ends, func(end string) bool { return link.Text(end) == o.ID }) {
				c.tenant.Remove(link)
			}
		}
	}
	for _, definition := range view.List(directory.ExtensionProperty) {
		if definition.Linked(directory.DefiningApplication, o.ID) {
			c.tenant.Remove(definition)
		}
	}
}
