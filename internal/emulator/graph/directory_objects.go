package graph

import (
	"net/http"
	"slices"

	"github.com/google/uuid"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

// maxIDs is how many objects getByIds looks up at once.
const maxIDs = 1000

// directoryObjectKinds are the kinds that directoryObjects serves.
var directoryObjectKinds = []directory.Kind{directory.Application, directory.ServicePrincipal, directory.User,
	directory.Group, directory.DirectoryRole, directory.Organization}

func (c *call) getDirectoryObject() (reply, error) {
	id := c.keys[0].Text
	if uuid.Validate(id) != nil {
		return reply{}, badRequest("Invalid object identifier '%s'.", id)
	}
	o, ok := c.view(directory.Read).Any(id)
	if !ok || !slices.Contains(directoryObjectKinds, o.Kind) {
		return reply{}, notFound(id)
	}
	return c.mixed(http.StatusOK, o)
}

// getByIDs returns those of the named objects that exist and are of the named types.
func (c *call) getByIDs() (reply, error) {
	ids, _ := c.body["ids"].([]any)
	types, _ := c.body["types"].([]any)
	for name := range c.body {
		if name != "ids" && name != "types" {
			return reply{}, badRequest("The parameter '%s' in the request payload is not a valid parameter for the operation.", name)
		}
	}
	if len(ids) == 0 || len(ids) > maxIDs {
		return reply{}, invalidValue("ids", "DirectoryObject")
	}
	view := c.view(directory.List)
	var found []*directory.Object
	for _, value := range ids {
		id, _ := value.(string)
		if uuid.Validate(id) != nil {
			return reply{}, badRequest("Invalid GUID:%s", id)
		}
		o, ok := view.Any(id)
		if !ok || !slices.Contains(directoryObjectKinds, o.Kind) || slices.Contains(found, o) {
			continue
		}
		if len(types) == 0 || slices.Contains(types, any(string(o.Kind))) {
			found = append(found, o)
		}
	}
	// The action does not page.
	c.query.Top = maxIDs
	return c.mixedList(found)
}
