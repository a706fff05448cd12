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

// targetPrincipal finds what a write of something that hangs on a service principal goes to, whoever owns it.
func targetPrincipal(c *call) (*directory.Object, error) {
	return c.servicePrincipal(c.keys[0], directory.Target)
}

func writePrincipal(c *call) (*directory.Object, error) { return c.ownedServicePrincipal(c.keys[0]) }

func readUser(c *call) (*directory.Object, error) { return c.user(directory.Read) }

func targetUser(c *call) (*directory.Object, error) { return c.user(directory.Target) }

func readGroup(c *call) (*directory.Object, error) {
	return c.keyed(directory.Group, c.keys[0], directory.Read)
}

func targetGroup(c *call) (*directory.Object, error) {
	return c.keyed(directory.Group, c.keys[0], directory.Target)
}
