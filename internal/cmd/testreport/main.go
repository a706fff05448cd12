// Command testreport runs "go test -json" with the arguments it is given and
// prints a report for people: one line per package, failures in full, which
// tests were skipped and why, and, alone on the last line, the totals.
//
// It exits with the status of go test.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"time"
)

func main() {
	status, err := run(os.Args[1:], os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testreport:", err)
	}
	os.Exit(status)
}

// run executes go test, writes the report to out and what go test says besides
// to errOut. It returns the exit status of go test, or 1 and an error when
// there is none.
func run(args []string, out, errOut io.Writer) (int, error) {
	// An interrupt from the terminal reaches go test as well. It ends in its
	// own time, and the report of what ran until then is still worth having.
	signal.Notify(make(chan os.Signal, 1), os.Interrupt)

	cmd := exec.CommandContext(context.Background(), "go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = errOut
	events, err := cmd.StdoutPipe()
	if err != nil {
		return 1, err
	}
	started := time.Now()
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	r := newReport(out)
	readErr := r.read(bufio.NewReader(events))
	waitErr := cmd.Wait()
	r.finish(time.Since(started))

	var exit *exec.ExitError
	switch {
	case errors.As(waitErr, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode(), readErr
	case waitErr != nil:
		return 1, waitErr
	case readErr != nil:
		return 1, readErr
	}
	return 0, nil
}
