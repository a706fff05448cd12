package terraformcli_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// needsProcesses skips the test where processes cannot be found by the program that they run.
func needsProcesses(t testing.TB) {
	t.Helper()
	if _, err := os.Readlink("/proc/self/exe"); err != nil {
		t.Skipf("finds the provider's processes in /proc, as Linux has it: %v", err)
	}
}

// processesOf lists the processes that run the program. One that has ended, and waits for its parent to ask how, runs
// nothing.
func processesOf(program string) ([]int, error) {
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		return nil, err
	}
	var found []int
	for _, link := range links {
		// Many cannot be read: they have ended, or are somebody else's.
		if target, err := os.Readlink(link); err != nil || target != program {
			continue
		}
		id, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
		if err != nil {
			return nil, err
		}
		found = append(found, id)
	}
	return found, nil
}

const (
	// deathTakes bounds how long a killed process may take to be gone.
	deathTakes = 20 * time.Second
	// lookAgain is the time between two looks at what is about to happen.
	lookAgain = 2 * time.Millisecond
)

// trap kills the processes of a provider at one of its requests.
type trap struct {
	provider string // the program
	at       int    // number of the request, from 1; 0 until one is seen that is about the following
	about    string
	after    bool // when it has been carried out; else before

	request string // what it was about
	killed  int    // processes
	err     error
	sprung  chan struct{} // closed when all is over
}

// trapAt kills when the first request of the kind has been carried out.
func trapAt(provider, about string) *trap {
	t := newTrap(provider, 0, true)
	t.about = about
	return t
}

func newTrap(provider string, at int, after bool) *trap {
	return &trap{provider: provider, at: at, after: after, sprung: make(chan struct{})}
}

// spring kills, and returns when the processes are gone.
func (t *trap) spring() {
	defer close(t.sprung)
	t.killed, t.err = kill(t.provider)
}

// kill ends the processes that run the program, without letting them do anything else.
func kill(program string) (killed int, err error) {
	ids, err := processesOf(program)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		process, err := os.FindProcess(id)
		if err == nil {
			err = process.Kill()
		}
		if err != nil {
			return killed, fmt.Errorf("kill process %d: %w", id, err)
		}
		killed++
	}
	for deadline := time.Now().Add(deathTakes); ; time.Sleep(lookAgain) {
		if ids, err = processesOf(program); err != nil || len(ids) == 0 {
			return killed, err
		}
		if time.Now().After(deadline) {
			return killed, fmt.Errorf("processes %v are still there %s after they were killed", ids, deathTakes)
		}
	}
}

// wantSprung stops the test unless the trap has killed.
func (t *trap) wantSprung(tb testing.TB) {
	tb.Helper()
	select {
	case <-t.sprung:
	case <-time.After(deathTakes):
		tb.Fatalf("request %d was never made", t.at)
	}
	if t.err != nil || t.killed == 0 {
		tb.Fatalf("killed %d processes at request %d: %v", t.killed, t.at, t.err)
	}
}
