package graph

import "github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"

// finder finds the object that the first key of a path names, for handlers that serve several kinds.
type finder func(*call) (*directory.Object, error)

func readApplication(c *call) (*directory.Object, error) {
	return c.application(c.keys[0], directory.Read)
}

func writeApplication(c *call) (*directory.Object, error) { return c.ownedApplication(c.keys[0]) }

func readPrincipal(c *call) (*directory.Object, error) {
	return c.servicePrincipal(c.keys[0], directory.Read)
}

func writePrincipal(c *call) (*directory.Object, error) { return c.ownedServicePrincipal(c.keys[0]) }

func readUser(c *call) (*directory.Object, error) { return c.user(directory.Read) }

func readGroup(c *call) (*directory.Object, error) {
	return c.keyed(directory.Group, c.keys[0], directory.Read)
}

func writeGroup(c *call) (*directory.Object, error) {
	return c.keyed(directory.Group, c.keys[0], directory.Write)
}
