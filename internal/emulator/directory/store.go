package directory

import (
	"slices"
	"strings"
	"time"
)

// Retention is how long a soft-deleted object can be restored.
const Retention = 30 * 24 * time.Hour

// Purpose tells why somebody looks at a tenant. Replicas of the real service lag behind by different amounts for
// different purposes; every look goes through View with its purpose, which is the one place where lag is emulated.
type Purpose string

// The purposes of looking.
const (
	// Read is a GET of one object by a key.
	Read Purpose = "read"
	// List is a list or filter.
	List Purpose = "list"
	// Target is the search for the object that a write goes to.
	Target Purpose = "target"
	// Write is the object that a write changes, and the uniqueness and consistency checks of the write. It never lags.
	Write Purpose = "write"
	// Reference is an object that a write points to.
	Reference Purpose = "reference"
	// SignIn is what the token endpoint looks at.
	SignIn Purpose = "sign-in"
	// Copy is what a service principal takes over from its application.
	Copy Purpose = "copy"
)

// Store holds the objects of one tenant. The lock of the Directory guards it.
type Store struct {
	objects  map[string]*Object
	byKind   map[Kind][]string // ids in the order of creation
	sequence int
	clock    func() time.Time

	horizon  time.Duration        // how long what objects were is remembered
	past     []version            // in the order in which they ended
	pastByID map[string][]version // in the order in which they ended
	schedule []scheduled          // in the order in which they are due
}

func newStore(clock func() time.Time) *Store {
	return &Store{objects: map[string]*Object{}, byKind: map[Kind][]string{}, clock: clock, pastByID: map[string][]version{}}
}

// Add stores a new object.
func (s *Store) Add(o *Object) {
	s.sequence++
	o.Sequence = s.sequence
	s.objects[o.ID] = o
	s.byKind[o.Kind] = append(s.byKind[o.Kind], o.ID)
	s.ended(o.Kind, o.ID, nil, s.clock())
}

// Put replaces an object by a changed copy of it.
func (s *Store) Put(o *Object) { s.put(o, s.clock()) }

func (s *Store) put(o *Object, moment time.Time) {
	s.ended(o.Kind, o.ID, s.objects[o.ID], moment)
	s.objects[o.ID] = o
}

// Remove forgets an object for good.
func (s *Store) Remove(o *Object) {
	s.ended(o.Kind, o.ID, s.objects[o.ID], s.clock())
	delete(s.objects, o.ID)
	s.byKind[o.Kind] = slices.DeleteFunc(s.byKind[o.Kind], func(id string) bool { return id == o.ID })
}

// View returns what the replica shows to somebody with the purpose, or without a replica the present.
func (s *Store) View(purpose Purpose, replica Replica) View {
	return View{s, purpose, replica}
}

// View is a state of a tenant.
type View struct {
	store   *Store
	purpose Purpose
	replica Replica
}

// Get returns the live object of the kind with the id, in any case.
func (v View) Get(kind Kind, id string) (*Object, bool) {
	o, ok := v.Any(id)
	return o, ok && o.Kind == kind
}

// Any returns the live object with the id, of any kind.
func (v View) Any(id string) (*Object, bool) {
	o, ok := v.version(strings.ToLower(id))
	if !ok {
		// Assignments and grants have ids in mixed case.
		o, ok = v.version(id)
	}
	return o, ok && o.Deleted.IsZero()
}

// List returns the live objects of a kind in the order of creation.
func (v View) List(kind Kind) []*Object {
	return v.collect(kind, func(o *Object) bool { return o.Deleted.IsZero() })
}

// DeletedObjects returns the soft-deleted objects of a kind that can still be restored.
func (v View) DeletedObjects(kind Kind) []*Object {
	return v.collect(kind, v.restorable)
}

// DeletedObject returns one soft-deleted object that can still be restored.
func (v View) DeletedObject(id string) (*Object, bool) {
	o, ok := v.version(strings.ToLower(id))
	return o, ok && v.restorable(o)
}

func (v View) restorable(o *Object) bool {
	return !o.Deleted.IsZero() && v.store.clock().Before(o.Deleted.Add(Retention))
}

func (v View) collect(kind Kind, keep func(*Object) bool) []*Object {
	var objects []*Object
	for o := range v.all(kind) {
		if keep(o) {
			objects = append(objects, o)
		}
	}
	return objects
}

// Find returns the first live object of the kind whose text property has the value, ignoring case.
func (v View) Find(kind Kind, property, value string) (*Object, bool) {
	for o := range v.all(kind) {
		if o.Deleted.IsZero() && strings.EqualFold(o.Text(property), value) && value != "" {
			return o, true
		}
	}
	return nil, false
}

// Assignments returns the app role assignments whose property (principalId or resourceId) is the id. Those whose other
// end is soft-deleted are left out; they come back with its restore.
func (v View) Assignments(property, id string) []*Object {
	return v.collect(AppRoleAssignment, func(o *Object) bool {
		return o.Text(property) == id && v.endsLive(o, "principalId", "resourceId")
	})
}

// Grants returns the delegated permission grants between live service principals.
func (v View) Grants() []*Object {
	return v.collect(PermissionGrant, func(o *Object) bool { return v.endsLive(o, "clientId", "resourceId") })
}

func (v View) endsLive(o *Object, properties ...string) bool {
	for _, property := range properties {
		if _, live := v.Any(o.Text(property)); !live {
			return false
		}
	}
	return true
}

// Groups returns the groups that have the object as a direct member.
func (v View) Groups(member string) []*Object {
	return v.collect(Group, func(o *Object) bool { return o.Deleted.IsZero() && o.Linked(Members, member) })
}

// TransitiveGroups returns the groups that have the object as a member, also through other groups.
func (v View) TransitiveGroups(member string) []*Object {
	var all []*Object
	pending := []string{member}
	for len(pending) > 0 {
		for _, group := range v.Groups(pending[0]) {
			if !slices.Contains(all, group) {
				all = append(all, group)
				pending = append(pending, group.ID)
			}
		}
		pending = pending[1:]
	}
	return all
}
