package terraformcli_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"syscall"
	"time"
)

// betweenSamples is the time between two looks at the memory of processes. The kernel keeps the peak for as long as a
// process lives, so that only what is taken in the last moment escapes.
const betweenSamples = 25 * time.Millisecond

// watchMemory notes the peak of the memory that the processes of the program take, until stop is called. That returns
// the peak of the largest, in bytes.
func watchMemory(program string) (stop func() (peak int, err error)) {
	done, ended := make(chan struct{}), make(chan struct{})
	var peak int
	var failure error
	go func() {
		defer close(ended)
		ticker := time.NewTicker(betweenSamples)
		defer ticker.Stop()
		for failure == nil {
			select {
			case <-done:
				return
			case <-ticker.C:
			}
			var ids []int
			if ids, failure = processesOf(program); failure != nil {
				return
			}
			for _, id := range ids {
				var resident int
				resident, failure = peakOf(id)
				peak = max(peak, resident)
			}
		}
	}()
	return func() (int, error) {
		close(done)
		<-ended
		return peak, failure
	}
}

var highWaterMark = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`)

// peakOf is the most memory that a process has had resident so far; zero for one that has ended.
func peakOf(id int) (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", id))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	match := highWaterMark.FindSubmatch(status)
	if match == nil {
		return 0, nil // it is about to end, and has given its memory back
	}
	kilobytes, err := strconv.Atoi(string(match[1]))
	return kilobytes << 10, err
}
