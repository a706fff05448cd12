package entra_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
)

func TestAccessRules(t *testing.T) {
	t.Parallel()
	const sessions, manager = entra.RoleAccessAppSessions, entra.RoleGeneralManager
	holding := func(roles ...string) entra.Caller {
		caller := entra.Caller{AccessRoles: map[string]string{}}
		for _, role := range roles {
			caller.AccessRoles[role] = "directly"
		}
		return caller
	}
	admin := func(c entra.Caller) entra.Caller { c.GlobalAdministrator = true; return c }
	session := func(c entra.Caller) entra.Caller { c.AppSession = true; return c }
	for name, c := range map[string]struct {
		caller               entra.Caller
		manage, read, assign []string // what is missing; "session": excluded; nil: allowed
	}{
		"nobody":                        {holding(), []string{sessions, manager}, []string{sessions}, []string{manager}},
		"an administrator":              {admin(holding()), []string{sessions}, []string{sessions}, nil},
		"a general manager":             {holding(manager), []string{sessions}, []string{sessions}, nil},
		"with access":                   {holding(sessions), []string{manager}, nil, []string{manager}},
		"an administrator with access":  {admin(holding(sessions)), nil, nil, nil},
		"a general manager with access": {holding(sessions, manager), nil, nil, nil},
		"another role":                  {holding("Comments Manager"), []string{sessions, manager}, []string{sessions}, []string{manager}},
		"an App session":                {session(holding()), []string{sessions, manager, "session"}, []string{sessions}, []string{manager, "session"}},
		"an App session with all": {
			session(admin(holding(sessions, manager))), []string{"session"}, nil, []string{"session"},
		},
	} {
		for rule, want := range map[entra.AccessRule][]string{
			entra.ManageSessions: c.manage, entra.ReadSessions: c.read, entra.AssignRoles: c.assign,
		} {
			var got []string
			var denied *entra.AccessDeniedError
			if err := rule.Check(c.caller); errors.As(err, &denied) {
				got = denied.Missing
				if denied.AppSession {
					got = append(got, "session")
				}
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, to %s: %q is missing, want %q", name, rule.Describe(), got, want)
			}
		}
	}
}

func TestAccessDeniedTellsWho(t *testing.T) {
	t.Parallel()
	for want, caller := range map[string]entra.Caller{
		`the service principal "Pipeline" (object ID 1) may not see App sessions: it lacks "Access App sessions"`: {Name: "Pipeline", ObjectID: "1"},
		`the user with the object ID 2 may not see App sessions: it lacks "Access App sessions"`:                  {User: true, ObjectID: "2"},
	} {
		if err := entra.ReadSessions.Check(caller); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	err := entra.ManageSessions.Check(entra.Caller{AppSession: true, ObjectID: "3"})
	if err == nil || !strings.Contains(err.Error(), "is an App session") {
		t.Errorf("%v", err)
	}
	caller := entra.Caller{GlobalAdministrator: true, AccessRoles: map[string]string{"General Manager": `by the group "Ops"`}}
	if got, want := caller.Holdings(), `Global Administrator, General Manager (by the group "Ops")`; got != want {
		t.Errorf("holdings %s, want %s", got, want)
	}
	if got := (entra.Caller{}).Holdings(); got != "nothing of that kind" {
		t.Errorf("holdings %s", got)
	}
}
