package terraformcli_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The commands that are killed, in the order of the table.
const (
	creating   = "create"
	updating   = "update"
	destroying = "destroy"
)

var commands = []string{creating, updating, destroying}

// moment is when a provider is killed.
type moment struct {
	number int
	after  bool
}

func (m moment) String() string {
	if m.after {
		return fmt.Sprintf("after request %d", m.number)
	}
	return fmt.Sprintf("before request %d", m.number)
}

// moments are those before and after each of the requests.
func moments(requests int) []moment {
	var all []moment
	for n := 1; n <= requests; n++ {
		all = append(all, moment{n, false}, moment{n, true})
	}
	return all
}

// test runs the kind's commands undisturbed, and then again for every request of theirs, to kill the provider there.
func (k sessionKind) test(t *testing.T, m *matrix) {
	create, update, destroy := k.count(t)
	destroys := moments(destroy)
	for i, at := range moments(create) {
		t.Run(creating+", "+at.String(), func(t *testing.T) {
			t.Parallel()
			s := newStory(t, k, m)
			s.killCreate(t, at)
			if i < len(destroys) { // a workspace serves both
				t.Run(destroying+", "+destroys[i].String(), func(t *testing.T) { s.killDestroy(t, destroys[i]) })
			}
		})
	}
	if len(destroys) > 2*create {
		t.Errorf("%d moments of destroying for %d workspaces", len(destroys), 2*create)
	}
	for _, at := range moments(update) {
		t.Run(updating+", "+at.String(), func(t *testing.T) {
			t.Parallel()
			newStory(t, k, m).killUpdate(t, at)
		})
	}
}

// count runs the commands undisturbed and counts their requests.
func (k sessionKind) count(t *testing.T) (create, update, destroy int) {
	t.Helper()
	s := newStory(t, k, nil)
	counted := func(run func()) int {
		s.wire.reset()
		run()
		return s.wire.sent()
	}
	create = counted(func() { s.apply(t, 0) })
	clientID := s.look(t).clientID
	s.wantOne(t, clientID, k.has)
	destroy = counted(func() { s.destroy(t) })
	s.wantNothing(t)
	if create == 0 || destroy == 0 {
		t.Fatalf("%d requests to create, %d to destroy", create, destroy)
	}
	if !fullMatrix || k.changed == nil {
		return create, 0, destroy
	}
	s = newStory(t, k, nil)
	s.apply(t, 0)
	clientID = s.look(t).clientID
	s.write(t, "main.tf", k.changed(t, s.workspace))
	update = counted(func() { s.apply(t, 0) })
	s.wantOne(t, clientID, k.hasChanged)
	return create, update, destroy
}

// story is what happens in one workspace.
type story struct {
	workspace
	kind   sessionKind
	matrix *matrix
}

func newStory(t *testing.T, k sessionKind, m *matrix) story {
	t.Helper()
	s := story{workspace: newWorkspace(t, 0), kind: k, matrix: m}
	s.write(t, "main.tf", k.configuration(t, s.workspace))
	return s
}

func (s story) destroy(t testing.TB) {
	t.Helper()
	if _, err := s.Run(t.Context(), 0, "destroy", "-auto-approve"); err != nil {
		t.Fatal(err)
	}
}

// crash runs a command of the CLI, which has to fail because its provider is killed at the moment. It returns the
// beginning of the row and what the tenant holds then.
func (s story) crash(t *testing.T, command string, at moment, args ...string) (row, remains) {
	t.Helper()
	trap := newTrap(s.provider, at.number, at.after)
	s.wire.set(trap)
	if _, err := s.Run(t.Context(), 1, args...); err != nil {
		t.Fatalf("a command whose provider is killed has to end with code 1: %v", err)
	}
	trap.wantSprung(t)
	s.wire.reset()
	left := s.look(t)
	return row{
		kind: s.kind.name, command: command, number: at.number, after: at.after, request: trap.request,
		left: left.String(), next: "failed", sameClient: "?", plan: "?",
	}, left
}

func (s story) killCreate(t *testing.T, at moment) {
	r, left := s.crash(t, creating, at, "apply", "-auto-approve")
	defer func() { s.matrix.add(r) }()
	if known := s.state(t); len(known) > 0 {
		t.Fatalf("the state of a create that failed holds %+v", known)
	}
	want := s.kind.has
	if left.finished {
		// Everything was in place, and only the state was not written: the tenant cannot tell it from a session of
		// somebody else.
		s.importFinished(t, left)
		r.next = "refused with an import block; then "
		want = s.kind.hasImported
	} else {
		r.next = ""
	}
	done := s.apply(t, 0)
	r.next += fmt.Sprintf("applied: %d added, %d changed, %d destroyed", done.add, done.change, done.remove)
	if done.remove > 0 || !left.finished && done.change > 0 {
		t.Errorf("the next apply %s", r.next)
	}
	r.sameClient = s.wantClient(t, left.clientID)
	s.wantOne(t, left.clientID, want)
	r.plan = s.wantEmptyPlan(t)
}

// importBlock is what the error shows to whoever wants to manage a session that is there.
var importBlock = regexp.MustCompile(`(?s)import \{.*?\n\}`)

// importFinished applies, which is refused, and writes the block into the configuration that the error shows.
func (s story) importFinished(t *testing.T, left remains) {
	t.Helper()
	refusal := strings.Join(s.apply(t, 1).errors, "\n")
	block := importBlock.FindString(refusal)
	if !strings.Contains(block, s.tenant.ID()+"/"+left.clientID) {
		t.Fatalf("the refusal shows no block that imports %s:\n%s", left.clientID, refusal)
	}
	s.write(t, "import.tf", strings.ReplaceAll(block, "NAME", s.kind.resource)+"\n")
}

func (s story) killUpdate(t *testing.T, at moment) {
	s.apply(t, 0)
	clientID := s.look(t).clientID
	s.write(t, "main.tf", s.kind.changed(t, s.workspace))
	r, _ := s.crash(t, updating, at, "apply", "-auto-approve")
	defer func() { s.matrix.add(r) }()
	done := s.apply(t, 0)
	r.next = fmt.Sprintf("applied: %d added, %d changed, %d destroyed", done.add, done.change, done.remove)
	if done.add+done.remove > 0 {
		t.Errorf("the next apply %s", r.next)
	}
	r.sameClient = s.wantClient(t, clientID)
	s.wantOne(t, clientID, s.kind.hasChanged)
	r.plan = s.wantEmptyPlan(t)
}

func (s story) killDestroy(t *testing.T, at moment) {
	r, left := s.crash(t, destroying, at, "destroy", "-auto-approve")
	defer func() { s.matrix.add(r) }()
	if left.bin > 1 {
		t.Errorf("%d deleted applications", left.bin)
	}
	s.destroy(t)
	r.next = "destroyed"
	s.wantNothing(t)
	r.sameClient, r.plan = "–", "–"
}

// wantClient compares the client ID in the state with the one that was there before.
func (s story) wantClient(t *testing.T, before string) string {
	t.Helper()
	known := s.state(t)
	if len(known) != 1 || known[0].Status != "" {
		t.Fatalf("the state holds %+v", known)
	}
	switch now := known[0].Attributes.ClientID; {
	case before == "":
		return "new"
	case now != before:
		t.Errorf("client ID %s, before the kill %s", now, before)
		return "NO"
	}
	return "yes"
}

// wantOne stops the test unless the tenant holds the session once, complete, with these credentials, and the state knows
// it.
func (s story) wantOne(t *testing.T, clientID string, want credentials) {
	t.Helper()
	have, known := s.look(t), s.state(t)
	if len(have.applications) != 1 || len(have.principals) != 1 || have.bin != 0 || !have.finished {
		t.Fatalf("the tenant holds %s with the tags %s, and %d deleted applications", have, have.tags, have.bin)
	}
	if len(known) != 1 || known[0].Attributes.ClientID != have.clientID || clientID != "" && have.clientID != clientID {
		t.Fatalf("client ID %s, wanted %q, and the state knows %+v", have.clientID, clientID, known)
	}
	knows := known[0].Attributes
	if got := (credentials{len(have.secrets), len(have.keys), knows.Unmanaged}); got != want {
		t.Fatalf("the tenant holds %+v, wanted %+v", got, want)
	}
	if (knows.Secret != "") != (want.secrets > want.unmanaged) || knows.Secret != "" && !slices.Contains(have.secrets, knows.Secret) {
		t.Fatalf("the state knows the secret %q, the tenant holds %q", knows.Secret, have.secrets)
	}
}

// wantNothing stops the test unless the tenant is as it was in the beginning, but for what it keeps of deleted objects.
func (s story) wantNothing(t *testing.T) {
	t.Helper()
	if left, known := s.look(t).String(), s.state(t); left != "nothing" || len(known) != 0 {
		t.Fatalf("left are %s, in the state %+v", left, known)
	}
}

func (s story) wantEmptyPlan(t *testing.T) string {
	t.Helper()
	if _, err := s.Run(t.Context(), 0, "plan", "-detailed-exitcode"); err != nil {
		t.Fatal(err)
	}
	return "empty"
}
