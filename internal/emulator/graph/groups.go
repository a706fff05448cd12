package graph

import (
	"net/http"
	"slices"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/edm"
)

func (c *call) getGroup() (reply, error) {
	group, err := readGroup(c)
	if err != nil {
		return reply{}, err
	}
	return c.one(http.StatusOK, group)
}

func (c *call) listGroups() (reply, error) {
	return c.list(directory.Group, c.view(directory.List).List(directory.Group))
}

func (c *call) createGroup() (reply, error) {
	raw, members, err := c.takeBinding(c.body, directory.Members)
	if err != nil {
		return reply{}, err
	}
	body, err := c.checked(directory.Group, raw)
	if err != nil {
		return reply{}, err
	}
	for _, name := range []string{"displayName", "mailEnabled", "mailNickname", "securityEnabled"} {
		if body[name] == nil || body[name] == "" {
			return reply{}, missingValue(name, "Group")
		}
	}
	group := &directory.Object{Kind: directory.Group, ID: directory.NewID(), Properties: template("group")}
	group.Properties["createdDateTime"] = edm.FormatTime(c.now)
	group = group.With(body)
	for _, member := range members {
		group = group.WithLink(directory.Members, member)
	}
	if err := checkDisplayName(group, "Group", maxDisplayName); err != nil {
		return reply{}, err
	}
	c.tenant.Add(group)
	return c.one(http.StatusCreated, group)
}

func (c *call) patchGroup() (reply, error) {
	group, err := targetGroup(c)
	if err != nil {
		return reply{}, err
	}
	body, err := c.checked(directory.Group, c.body, "isAssignableToRole")
	if err != nil {
		return reply{}, err
	}
	changed := group.With(merged(string(directory.Group), group.Properties, body))
	if err := checkDisplayName(changed, "Group", maxDisplayName); err != nil {
		return reply{}, err
	}
	c.tenant.Put(changed)
	return noContent()
}

// deleteGroup removes a security group for good; only Microsoft 365 groups can be restored.
func (c *call) deleteGroup() (reply, error) {
	group, err := targetGroup(c)
	if err != nil {
		return reply{}, err
	}
	if types := group.Values("groupTypes"); slices.Contains(types, any("Unified")) {
		c.softDelete(group)
		return noContent()
	}
	c.purge(group)
	return noContent()
}

// listMembers lists the members of a group, of one kind or, with "", of any.
func listMembers(transitive bool, kind directory.Kind) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		group, err := readGroup(c)
		if err != nil {
			return reply{}, err
		}
		members := c.linked(group, directory.Members)
		if transitive {
			members = c.transitiveMembers(group)
		}
		if kind == "" {
			return c.mixedList(members)
		}
		members = slices.DeleteFunc(members, func(o *directory.Object) bool { return o.Kind != kind })
		return c.list(kind, members)
	}
}

func (c *call) transitiveMembers(group *directory.Object) []*directory.Object {
	var all []*directory.Object
	pending := []*directory.Object{group}
	for len(pending) > 0 {
		for _, member := range c.linked(pending[0], directory.Members) {
			if !slices.Contains(all, member) {
				all = append(all, member)
				pending = append(pending, member)
			}
		}
		pending = pending[1:]
	}
	return all
}

func (c *call) addMember() (reply, error) {
	group, err := targetGroup(c)
	if err != nil {
		return reply{}, err
	}
	return c.addReference(group, directory.Members, 0)
}

func (c *call) removeMember() (reply, error) {
	group, err := targetGroup(c)
	if err != nil {
		return reply{}, err
	}
	return c.removeReference(group, directory.Members, c.keys[1].Text)
}
