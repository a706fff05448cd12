package terraformcli_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// pipelines are the examples, each with its file and how a job's steps are found in it.
var pipelines = map[string]string{
	"github":       "app-sessions.yml",
	"azure-devops": "azure-pipelines.yml",
	"gitlab":       "gitlab-ci.yml",
}

// commandsOf collects, in their order, the commands of a part of a pipeline: what stands under run or script, wherever
// that is.
func commandsOf(part any) (commands []string) {
	switch part := part.(type) {
	case []any:
		for _, item := range part {
			commands = append(commands, commandsOf(item)...)
		}
	case map[string]any:
		for _, key := range []string{"run", "script"} {
			switch value := part[key].(type) {
			case string:
				commands = append(commands, value)
			case []any:
				for _, line := range value {
					if line, ok := line.(string); ok {
						commands = append(commands, line)
					}
				}
			}
		}
		for key, value := range part {
			if key != "script" && key != "run" {
				commands = append(commands, commandsOf(value)...)
			}
		}
	}
	return commands
}

// jobOf is a job of a pipeline, or what is one there.
func jobOf(service string, pipeline map[string]any, name string) any {
	switch service {
	case "github":
		jobs, _ := pipeline["jobs"].(map[string]any)
		return jobs[name]
	case "azure-devops":
		stages, _ := pipeline["stages"].([]any)
		for _, stage := range stages {
			if stage, ok := stage.(map[string]any); ok && stage["stage"] == name {
				return stage
			}
		}
		return nil
	}
	return pipeline[name]
}

var settingName = regexp.MustCompile(`\bSAPIO365_[A-Z0-9_]+`)

// The commands of the pipelines, in their order, plan and apply a configuration. What the services themselves do with the
// files takes these services.
func TestAccPipelines(t *testing.T) {
	t.Parallel()
	settings, err := os.ReadFile(filepath.Join("..", "..", "docs", "index.md"))
	if err != nil {
		t.Fatal(err)
	}
	for service, file := range pipelines {
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(filepath.Join("..", "..", "examples", "pipelines", service, file))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range settingName.FindAllString(string(content), -1) {
				if !strings.Contains(string(settings), "`"+name+"`") {
					t.Errorf("the provider reads no variable %s", name)
				}
			}
			var pipeline map[string]any
			if err := yaml.Unmarshal(content, &pipeline); err != nil {
				t.Fatal(err)
			}
			w := newWorkspace(t, 0)
			w.write(t, "main.tf", withProvider(`
resource "sapio365_app_session" "test" {
  display_name       = "sapio365 jobs"
  permission_profile = "read_only"
}
`))
			for job, want := range map[string][]string{"plan": {"fmt", "validate", "plan"}, "apply": {"apply", "show"}} {
				commands := commandsOf(jobOf(service, pipeline, job))
				for _, verb := range want {
					if !strings.Contains(strings.Join(commands, "\n"), "terraform "+verb) {
						t.Errorf("%s does not %s: %q", job, verb, commands)
					}
				}
				for _, command := range commands {
					w.shell(t, command)
				}
			}
			if n := len(appSessions(t, w)); n != 1 {
				t.Errorf("there are %d App sessions", n)
			}
		})
	}
}

// shell runs a command of a pipeline as its service does. The provider needs no init here.
func (w workspace) shell(t *testing.T, command string) {
	t.Helper()
	if strings.HasPrefix(command, "terraform init") || strings.HasPrefix(command, "apk add") {
		return
	}
	if _, err := exec.LookPath("jq"); err != nil && strings.Contains(command, "jq") {
		t.Logf("not run, without jq: %s", command)
		return
	}
	shell := exec.CommandContext(t.Context(), "bash", "-eo", "pipefail", "-c", "terraform() { "+w.Path+` "$@"; }; `+command)
	shell.Dir = w.Directory
	shell.Env = append(w.Environment, "GITHUB_STEP_SUMMARY="+filepath.Join(w.Directory, "summary"), "TF_INPUT=false")
	if out, err := shell.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", command, err, out)
	}
}
