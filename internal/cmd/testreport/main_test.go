package main

import (
	"strings"
	"testing"
)

func TestRunKeepsExitStatus(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args       []string
		wantStatus int
		wantOut    string
		wantErrOut string
	}{
		"pass":     {args: []string{"-run", "^TestNewEqual$", "errors"}, wantOut: "1 passed, 0 failed, 0 skipped\n"},
		"bad flag": {args: []string{"-timeout=soon"}, wantStatus: 2, wantOut: "0 passed, 0 failed, 0 skipped\n", wantErrOut: "timeout"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, errOut strings.Builder
			status, err := run(test.args, &out, &errOut)
			if err != nil || status != test.wantStatus {
				t.Errorf("status %d, error %v; want status %d", status, err, test.wantStatus)
			}
			if !strings.HasSuffix(out.String(), "\n"+test.wantOut) {
				t.Errorf("got %q, want it to end with %q", out.String(), test.wantOut)
			}
			if !strings.Contains(errOut.String(), test.wantErrOut) {
				t.Errorf("got %q on stderr, want %q in it", errOut.String(), test.wantErrOut)
			}
		})
	}
}
