package terraformcli_test

import (
	"bufio"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"
)

// handshake is the line by which a plugin tells Terraform where it listens: the versions of two protocols, the kind of
// socket, its address, and the certificate to expect there.
var handshake = regexp.MustCompile(`^1\|6\|(unix|tcp)\|[^|]+\|grpc\|[A-Za-z0-9+/=]+`)

// BenchmarkStartUp measures the time from the start of the provider's process to its handshake. Terraform starts it
// several times in a command.
func BenchmarkStartUp(b *testing.B) {
	w := newWorkspace(b, 0)
	for b.Loop() {
		provider := exec.CommandContext(b.Context(), w.provider)
		provider.Env = append(os.Environ(),
			// Not a secret: it keeps people from running the program by hand.
			"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
			"PLUGIN_PROTOCOL_VERSIONS=6", "PLUGIN_CLIENT_CERT="+certificate(b))
		out, err := provider.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if err := provider.Start(); err != nil {
			b.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil || !handshake.MatchString(line) {
			b.Fatalf("the provider says %q after %s: %v", line, time.Since(began), err)
		}
		b.StopTimer()
		if err := provider.Process.Kill(); err != nil {
			b.Fatal(err)
		}
		_ = provider.Wait() // says that it was killed
		b.StartTimer()
	}
}
