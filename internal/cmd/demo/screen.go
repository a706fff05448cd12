package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// The colours of a terminal.
const (
	bold  = "\x1b[1m"
	dim   = "\x1b[2m"
	red   = "\x1b[31m"
	green = "\x1b[32m"
	cyan  = "\x1b[36m"
	reset = "\x1b[0m"
)

// screen prints for people.
type screen struct {
	out      io.Writer
	coloured bool
	steps    int
}

func newScreen(out *os.File) *screen {
	info, err := out.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &screen{out: out, coloured: terminal && os.Getenv("NO_COLOR") == "" || os.Getenv("FORCE_COLOR") != ""}
}

func (s *screen) paint(colour, text string) string {
	if !s.coloured {
		return text
	}
	return colour + text + reset
}

func (s *screen) println(line string) { fmt.Fprintln(s.out, line) } //nolint:errcheck // there is nowhere else to complain

func (s *screen) step(title string) {
	s.steps++
	s.println("\n" + s.paint(bold+cyan, fmt.Sprintf("%d. %s", s.steps, title)))
}

// say prints one line about what is going on.
func (s *screen) say(format string, args ...any) { s.println("   " + fmt.Sprintf(format, args...)) }

// good prints one line about what was proved.
func (s *screen) good(format string, args ...any) {
	s.println("   " + s.paint(green, "✓ "+fmt.Sprintf(format, args...)))
}

// quote prints what another program said, or a file holds.
func (s *screen) quote(text string) {
	for line := range strings.Lines(strings.Trim(text, "\n")) {
		s.println("   " + s.paint(dim, "│ ") + strings.TrimRight(line, "\n"))
	}
}

func (s *screen) fail(err error) {
	s.println("\n" + s.paint(bold+red, "The demo failed: "+err.Error()))
}

func (s *screen) done(took time.Duration) {
	s.println("\n" + s.paint(bold+green, fmt.Sprintf("Done in %s. Nothing is left behind.", took.Round(100*time.Millisecond))))
}
