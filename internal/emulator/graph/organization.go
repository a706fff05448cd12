package graph

import (
	"net/http"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
)

func (c *call) listOrganization() (reply, error) {
	return c.list(directory.Organization, c.view(directory.List).List(directory.Organization))
}

func (c *call) getOrganization() (reply, error) {
	organization, err := c.keyed(directory.Organization, c.keys[0], directory.Read)
	if err != nil {
		return reply{}, err
	}
	return c.one(http.StatusOK, organization)
}

func (c *call) listDomains() (reply, error) {
	return c.list(directory.Domain, c.view(directory.List).List(directory.Domain))
}

func (c *call) getDomain() (reply, error) {
	name := strings.ToLower(c.keys[0].Text)
	domain, ok := c.view(directory.Read).Get(directory.Domain, name)
	if !ok {
		return reply{}, notFound(name)
	}
	return c.one(http.StatusOK, domain)
}
