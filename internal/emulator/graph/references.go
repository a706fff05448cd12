package graph

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

// reference returns the object that a body with @odata.id points to, which must be of one of the kinds.
func (c *call) reference(body map[string]any, kinds ...directory.Kind) (*directory.Object, error) {
	link, ok := body["@odata.id"].(string)
	if !ok || len(body) > 1 {
		return nil, badRequest("The request body must contain the property '@odata.id' and nothing else.")
	}
	return c.referenced(link, kinds...)
}

// referenced returns the object that an entity URL points to.
func (c *call) referenced(link string, kinds ...directory.Kind) (*directory.Object, error) {
	id := link[strings.LastIndexByte(link, '/')+1:]
	if !strings.HasPrefix(link, "https://") || uuid.Validate(id) != nil {
		return nil, badRequest("The reference-property entity URL '%s' is not valid.", link)
	}
	target, ok := c.view(directory.Reference).Any(id)
	if !ok {
		return nil, notFound(id)
	}
	if !slices.Contains(kinds, target.Kind) {
		return nil, badRequest("The reference target '%s_%s' of type '%s' is invalid for the reference.",
			resourceName(target.Kind), target.ID, resourceName(target.Kind))
	}
	return target, nil
}

// maxBindings is how many objects one @odata.bind names.
const maxBindings = 20

// takeBinding takes "relation@odata.bind" out of a body and returns the ids of the objects that it names.
func (c *call) takeBinding(body map[string]any, relation directory.Relation) (rest map[string]any, ids []string, err error) {
	rest = map[string]any{}
	for name, value := range body {
		bound, isBinding := strings.CutSuffix(name, "@odata.bind")
		if !isBinding {
			rest[name] = value
			continue
		}
		if bound != string(relation) {
			return nil, nil, badRequest("Invalid property '%s'.", bound)
		}
		links, _ := value.([]any)
		if len(links) > maxBindings {
			return nil, nil, tooMany(bound, "DirectoryObject", maxBindings)
		}
		for _, link := range links {
			text, _ := link.(string)
			target, err := c.referenced(text, linkTargets(relation)...)
			if err != nil {
				return nil, nil, err
			}
			ids = append(ids, target.ID)
		}
	}
	return rest, ids, nil
}

func linkTargets(relation directory.Relation) []directory.Kind {
	if relation == directory.Members {
		return []directory.Kind{directory.User, directory.Group, directory.ServicePrincipal}
	}
	return []directory.Kind{directory.User, directory.ServicePrincipal}
}

func (c *call) addReference(o *directory.Object, relation directory.Relation, limit int) (reply, error) {
	target, err := c.reference(c.body, linkTargets(relation)...)
	if err != nil {
		return reply{}, err
	}
	if o.Linked(relation, target.ID) {
		return reply{}, badRequest("One or more added object references already exist for the following modified properties: '%s'.", relation)
	}
	if limit > 0 && len(o.Links[relation]) >= limit {
		return reply{}, quotaExceeded(limit, string(relation))
	}
	c.tenant.Put(o.WithLink(relation, target.ID))
	return noContent()
}

// removeReference removes a link. The last owner may go: the reference only recommends to keep two.
func (c *call) removeReference(o *directory.Object, relation directory.Relation, id string) (reply, error) {
	id = strings.ToLower(id)
	if !o.Linked(relation, id) {
		return reply{}, badRequest("One or more removed object references do not exist for the following modified properties: '%s'.", relation)
	}
	c.tenant.Put(o.WithoutLink(relation, id))
	return noContent()
}

// linked returns the live objects that an object links to.
func (c *call) linked(o *directory.Object, relation directory.Relation) []*directory.Object {
	view := c.view(directory.List)
	var objects []*directory.Object
	for _, id := range o.Links[relation] {
		if target, ok := view.Any(id); ok {
			objects = append(objects, target)
		}
	}
	return objects
}

func listOwners(find finder) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		o, err := find(c)
		if err != nil {
			return reply{}, err
		}
		return c.mixedList(c.linked(o, directory.Owners))
	}
}

func addOwner(find finder) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		o, err := find(c)
		if err != nil {
			return reply{}, err
		}
		return c.addReference(o, directory.Owners, maxOwners)
	}
}

func removeOwner(find finder) func(*call) (reply, error) {
	return func(c *call) (reply, error) {
		o, err := find(c)
		if err != nil {
			return reply{}, err
		}
		return c.removeReference(o, directory.Owners, c.keys[1].Text)
	}
}
