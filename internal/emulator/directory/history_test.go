package directory

import (
	"testing"
	"time"
)

// late is a replica that shows everything after the same delay.
type late time.Duration

func (l late) Behind(Kind, Purpose) time.Duration { return time.Duration(l) }

// lateFor is a replica that lags for one purpose.
type lateFor struct {
	purpose Purpose
	delay   time.Duration
}

func (l lateFor) Behind(_ Kind, purpose Purpose) time.Duration {
	if purpose == l.purpose {
		return l.delay
	}
	return 0
}

const horizon = 10 * time.Second

// watch is a tenant that remembers, and its clock.
type watch struct {
	*Tenant
	now time.Time
}

func newWatch(t *testing.T) *watch {
	t.Helper()
	w := &watch{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	w.Tenant = newTenant(t, func() time.Time { return w.now })
	w.Remember(horizon)
	return w
}

func (w *watch) pass(seconds int) { w.now = w.now.Add(time.Duration(seconds) * time.Second) }

// seen is the display name of an application as a replica shows it, "" for none.
func (w *watch) seen(id string, behind int) string {
	w.CatchUp()
	o, ok := w.View(Read, late(time.Duration(behind)*time.Second)).Get(Application, id)
	if !ok {
		return ""
	}
	return o.Text("displayName")
}

func application(id, name string) *Object {
	return &Object{Kind: Application, ID: id, Properties: map[string]any{"displayName": name}}
}

func TestReplicasShowWhatWas(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	one := application("a", "one")
	w.Add(one)
	w.pass(2)
	w.Put(one.With(map[string]any{"displayName": "two"}))
	w.pass(2)
	deleted := *one.With(map[string]any{"displayName": "three"})
	deleted.Deleted = w.now
	w.Put(&deleted)
	w.pass(2)
	w.Remove(&deleted)
	w.pass(1) // added 7 s ago, renamed 5 s ago, deleted 3 s ago, purged 1 s ago
	for behind, want := range map[int]string{0: "", 1: "", 2: "", 3: "", 4: "two", 5: "two", 6: "one", 7: "one", 8: ""} {
		if got := w.seen("a", behind); got != want {
			t.Errorf("%d s ago: %q, want %q", behind, got, want)
		}
		listed := len(w.View(List, late(time.Duration(behind)*time.Second)).List(Application))
		if (listed == 1) != (want != "") {
			t.Errorf("%d s ago: %d listed", behind, listed)
		}
	}
	for behind, want := range map[int]bool{0: false, 1: false, 2: true, 3: true, 4: false} {
		view := w.View(Read, late(time.Duration(behind)*time.Second))
		_, found := view.DeletedObject("a")
		if listed := len(view.DeletedObjects(Application)) == 1; found != want || listed != want {
			t.Errorf("%d s ago: deleted %v, listed as deleted %v, want %v", behind, found, listed, want)
		}
	}
}

func TestReplicasKeepTheOrderOfCreation(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	for _, id := range []string{"b", "a", "c"} {
		w.Add(application(id, id))
	}
	w.pass(2)
	a, _ := w.View(Write, nil).Get(Application, "a")
	w.Remove(a)
	w.pass(1)
	listed := ""
	for _, o := range w.View(List, late(2*time.Second)).List(Application) {
		listed += o.ID
	}
	if listed != "bac" {
		t.Errorf("listed %s", listed)
	}
	if _, found := w.View(List, late(2*time.Second)).Find(Application, "displayName", "a"); !found {
		t.Error("not found")
	}
}

func TestWritesSeeThePresent(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.Add(application("a", "one"))
	if _, ok := w.View(Write, late(horizon)).Get(Application, "a"); !ok {
		t.Error("a write does not see the object")
	}
	if _, ok := w.View(Target, lateFor{Read, horizon}).Get(Application, "a"); !ok {
		t.Error("the lag of reads concerns other purposes")
	}
	if _, ok := w.View(Read, lateFor{Read, horizon}).Get(Application, "a"); ok {
		t.Error("a read sees the object")
	}
}

func TestNothingIsRememberedInVain(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	one := application("a", "one")
	w.Add(one)
	for range 100 {
		w.pass(1)
		w.Put(one.With(nil))
	}
	if len(w.past) > 11 || len(w.pastByID["a"]) != len(w.past) {
		t.Errorf("%d versions of ten seconds, %d by id", len(w.past), len(w.pastByID["a"]))
	}
	w.Remember(2 * time.Second)
	if len(w.past) != 2 {
		t.Errorf("%d versions of two seconds", len(w.past))
	}
	w.pass(5)
	w.Add(application("b", "b"))
	if len(w.pastByID) != 1 {
		t.Errorf("versions of %d objects", len(w.pastByID))
	}
	w.Remember(0)
	w.Put(one)
	if len(w.past)+len(w.pastByID) != 0 {
		t.Errorf("%d versions without horizon", len(w.past))
	}
	// What was there before memory began has always been.
	w.Remember(horizon)
	if w.seen("a", 9) != "one" {
		t.Error("an old object is new")
	}
}

func rename(name string) func(*Object) *Object {
	return func(o *Object) *Object { return o.With(map[string]any{"displayName": name}) }
}

func TestChangesToCome(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.Add(application("a", "one"))
	w.pass(horizonSeconds)
	w.ChangeAt(w.now.Add(4*time.Second), "a", rename("two"))
	w.pass(3)
	if got := w.seen("a", 0); got != "one" {
		t.Errorf("too early: %s", got)
	}
	w.pass(4) // nobody looked when it was due
	for behind, want := range map[int]string{0: "two", 3: "two", 4: "one"} {
		if got := w.seen("a", behind); got != want {
			t.Errorf("%d s ago: %s, want %s", behind, got, want)
		}
	}
	// A later state takes the place of an earlier one that would come after it.
	w.ChangeAt(w.now.Add(5*time.Second), "a", rename("three"))
	w.ChangeAt(w.now.Add(1*time.Second), "a", rename("four"))
	w.pass(6)
	if got := w.seen("a", 0); got != "four" {
		t.Errorf("an older state came last: %s", got)
	}
	w.ChangeAt(w.now, "a", rename("five"))
	if got := w.seen("a", 0); got != "five" {
		t.Errorf("a change at once: %s", got)
	}
	w.ChangeAt(w.now.Add(time.Hour), "a", rename("six"))
	w.Remember(0)
	if got := w.seen("a", 0); got != "six" {
		t.Errorf("without lag, everything has arrived, not %s", got)
	}
	a, _ := w.View(Write, nil).Get(Application, "a")
	w.Remember(horizon)
	w.ChangeAt(w.now.Add(time.Second), "a", rename("seven"))
	w.Remove(a)
	w.pass(2)
	if got := w.seen("a", 0); got != "" {
		t.Errorf("a removed object is back as %s", got)
	}
}

func TestChangesComeInTheirOrder(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.Add(application("a", ""))
	for _, second := range []int{3, 5} {
		w.ChangeAt(w.now.Add(time.Duration(second)*time.Second), "a", rename(string(rune('0'+second))))
	}
	w.Add(application("b", ""))
	w.ChangeAt(w.now.Add(4*time.Second), "b", rename("4"))
	for now, want := range []string{"", "", "", "3", "3", "5"} {
		if got := w.seen("a", 0); got != want {
			t.Errorf("after %d s: %q, want %q", now, got, want)
		}
		w.pass(1)
	}
	if w.seen("b", 0) != "4" || w.seen("b", 3) != "" {
		t.Error("the other object did not change when it was due")
	}
}

const horizonSeconds = int(horizon / time.Second)
