package directory

import (
	"iter"
	"slices"
	"sort"
	"time"
)

// Replica is what answers one request. It may lag behind.
type Replica interface {
	// Behind returns how old the objects of a kind are that the replica shows to somebody with the purpose. It is the same
	// for every look during the request.
	Behind(kind Kind, purpose Purpose) time.Duration
}

// version is what an object was until a moment.
type version struct {
	kind   Kind
	id     string
	object *Object // nil: it did not exist
	until  time.Time
}

// scheduled is a change of an object that comes at a moment.
type scheduled struct {
	id     string
	due    time.Time
	change func(*Object) *Object
}

// Remember keeps what objects were, for as long as told after they have changed. With 0, nothing is kept, and changes
// that are still to come are made at once.
func (s *Store) Remember(horizon time.Duration) {
	s.horizon = horizon
	if horizon > 0 {
		s.forget()
		return
	}
	for _, change := range s.schedule {
		s.carryOut(change, s.clock())
	}
	s.past, s.pastByID, s.schedule = nil, map[string][]version{}, nil
}

// ended notes what an object was until the moment; nil for one that did not exist.
func (s *Store) ended(kind Kind, id string, was *Object, moment time.Time) {
	if s.horizon == 0 {
		return
	}
	s.forget()
	v := version{kind, id, was, moment}
	s.past = append(s.past, v)
	s.pastByID[id] = append(s.pastByID[id], v)
}

// forget drops the versions that ended before the horizon.
func (s *Store) forget() {
	oldest := s.clock().Add(-s.horizon)
	for len(s.past) > 0 && !s.past[0].until.After(oldest) {
		id := s.past[0].id
		s.past = s.past[1:]
		if s.pastByID[id] = s.pastByID[id][1:]; len(s.pastByID[id]) == 0 {
			delete(s.pastByID, id)
		}
	}
}

// ChangeAt changes an object at a moment to come, or at once when that has come, unless it is gone by then. It takes the
// place of changes of the object that were to come later.
func (s *Store) ChangeAt(due time.Time, id string, change func(*Object) *Object) {
	s.schedule = slices.DeleteFunc(s.schedule, func(other scheduled) bool { return other.id == id && !other.due.Before(due) })
	next := scheduled{id, due, change}
	if now := s.clock(); !due.After(now) {
		s.carryOut(next, now)
		return
	}
	i := sort.Search(len(s.schedule), func(i int) bool { return s.schedule[i].due.After(due) })
	s.schedule = slices.Insert(s.schedule, i, next)
}

// CatchUp makes the changes that have become due, as of when they did. Every request begins with it.
func (s *Store) CatchUp() {
	for len(s.schedule) > 0 && !s.schedule[0].due.After(s.clock()) {
		next := s.schedule[0]
		s.schedule = s.schedule[1:]
		s.carryOut(next, next.due)
	}
}

func (s *Store) carryOut(change scheduled, moment time.Time) {
	if o, ok := s.objects[change.id]; ok && o.Deleted.IsZero() {
		s.put(change.change(o), moment)
	}
}

// Past returns what the object with the id was at a moment that is remembered, if it was live then.
func (s *Store) Past(id string, moment time.Time) (*Object, bool) {
	o := s.objects[id]
	for _, v := range s.pastByID[id] {
		if v.until.After(moment) {
			o = v.object
			break
		}
	}
	return o, o != nil && o.Deleted.IsZero()
}

// behind returns how far objects of a kind lag behind for the viewer.
func (v View) behind(kind Kind) time.Duration {
	if v.replica == nil || v.purpose == Write || len(v.store.past) == 0 {
		return 0
	}
	return v.replica.Behind(kind, v.purpose)
}

// version returns what the viewer sees of an object, deleted ones included.
func (v View) version(id string) (*Object, bool) {
	o, ok := v.store.objects[id]
	past := v.store.pastByID[id]
	if len(past) == 0 {
		return o, ok
	}
	moment := v.store.clock().Add(-v.behind(past[0].kind))
	if i := slices.IndexFunc(past, func(p version) bool { return p.until.After(moment) }); i >= 0 {
		return past[i].object, past[i].object != nil
	}
	return o, ok
}

// all yields what the viewer sees of the objects of a kind, deleted ones included, in the order of creation.
func (v View) all(kind Kind) iter.Seq[*Object] {
	if v.behind(kind) > 0 {
		return slices.Values(v.lagging(kind))
	}
	return func(yield func(*Object) bool) {
		for _, id := range v.store.byKind[kind] {
			if !yield(v.store.objects[id]) {
				return
			}
		}
	}
}

func (v View) lagging(kind Kind) []*Object {
	var objects []*Object
	see := func(id string) {
		if o, ok := v.version(id); ok {
			objects = append(objects, o)
		}
	}
	for _, id := range v.store.byKind[kind] {
		see(id)
	}
	for id, past := range v.store.pastByID {
		if _, present := v.store.objects[id]; !present && past[0].kind == kind {
			see(id)
		}
	}
	slices.SortFunc(objects, func(a, b *Object) int { return a.Sequence - b.Sequence })
	return objects
}
