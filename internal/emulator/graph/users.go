package graph

import (
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/directory"
	"github.com/sapio365/terraform-provider-sapio365/internal/emulator/edm"
)

// user finds the user that the path names by object id or user principal name.
func (c *call) user(purpose directory.Purpose) (*directory.Object, error) {
	key := c.keys[0]
	look := func(view directory.View) (*directory.Object, bool) {
		return view.Find(directory.User, "userPrincipalName", key.Text)
	}
	if uuid.Validate(key.Text) == nil {
		look = func(view directory.View) (*directory.Object, bool) { return view.Get(directory.User, key.Text) }
	}
	user, found := c.find(purpose, look)
	if !found {
		return nil, notFound(key.Text)
	}
	return user, nil
}

func (c *call) getUser() (reply, error) {
	user, err := readUser(c)
	if err != nil {
		return reply{}, err
	}
	return c.one(http.StatusOK, user)
}

func (c *call) listUsers() (reply, error) {
	return c.list(directory.User, c.view(directory.List).List(directory.User))
}

func (c *call) createUser() (reply, error) {
	body, err := c.checked(directory.User, c.body)
	if err != nil {
		return reply{}, err
	}
	for _, name := range []string{"accountEnabled", "displayName", "mailNickname", "userPrincipalName", "passwordProfile"} {
		if body[name] == nil || body[name] == "" {
			return reply{}, missingValue(name, "User")
		}
	}
	user := &directory.Object{Kind: directory.User, ID: directory.NewID(), Properties: template("user")}
	user.Properties["createdDateTime"] = edm.FormatTime(c.now)
	user = user.With(body)
	if err := c.checkUser(user); err != nil {
		return reply{}, err
	}
	c.tenant.Add(user)
	return c.one(http.StatusCreated, user)
}

func (c *call) checkUser(user *directory.Object) error {
	name := user.Text("userPrincipalName")
	_, domain, _ := strings.Cut(name, "@")
	held, ok := c.view(directory.Reference).Get(directory.Domain, domain)
	if !ok || !held.Flag("isVerified") {
		return badRequest("The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.").
			withDetail("InvalidValue", "userPrincipalName")
	}
	if other, taken := c.view(directory.Write).Find(directory.User, "userPrincipalName", name); taken && other.ID != user.ID {
		return duplicateProperty("userPrincipalName")
	}
	if err := checkDisplayName(user, "User", maxDisplayName); err != nil {
		return err
	}
	return checkExtensionCount(user.Properties)
}

func (c *call) patchUser() (reply, error) {
	user, err := c.user(directory.Target)
	if err != nil {
		return reply{}, err
	}
	body, err := c.checked(directory.User, c.body)
	if err != nil {
		return reply{}, err
	}
	changed := user.With(merged(string(directory.User), user.Properties, body))
	if err := c.checkUser(changed); err != nil {
		return reply{}, err
	}
	c.tenant.Put(changed)
	return noContent()
}

func (c *call) deleteUser() (reply, error) {
	user, err := c.user(directory.Target)
	if err != nil {
		return reply{}, err
	}
	c.softDelete(user)
	return noContent()
}

// me is only for users who sign in themselves.
func (c *call) me() (reply, error) {
	return reply{}, badQuery("/me request is only valid with delegated authentication flow.")
}
