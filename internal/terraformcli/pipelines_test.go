package terraformcli_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var pipelineExamples = filepath.Join("..", "..", "examples", "pipelines")

// pipelines are the examples, by their service.
var pipelines = map[string]string{
	"github":       "app-sessions.yml",
	"azure-devops": "azure-pipelines.yml",
	"gitlab":       "gitlab-ci.yml",
}

// installed has the CLI stand in for terraform. In the place of init, which asks a registry and the storage of the states,
// it installs the modules; the image of GitLab's jobs has a package manager of its own.
const installed = `
terraform() {
  if [ "$1" = init ]; then set -- get -no-color; fi
  "$CLI" "$@"
}
apk() { :; }
`

// environmentOf is what steps find in their environment.
func (w workspace) environmentOf() []string {
	return append(w.Environment, "CLI="+filepath.ToSlash(w.Path), "TF_INPUT=false",
		"GITHUB_STEP_SUMMARY="+w.summary(), "GITHUB_OUTPUT="+w.summary()+".outputs")
}

// summary is the file that a step of GitHub Actions writes Markdown to.
func (w workspace) summary() string {
	return filepath.ToSlash(filepath.Join(filepath.Dir(w.provider), "summary"))
}

var settingName = regexp.MustCompile(`\bSAPIO365_[A-Z0-9_]+`)

// The settings that the pipelines make are ones that the provider reads.
func TestPipelineSettings(t *testing.T) {
	t.Parallel()
	settings, err := os.ReadFile(filepath.Join("..", "..", "docs", "index.md"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(pipelineExamples, "*", "*.yml"))
	if err != nil || len(files) < len(pipelines) {
		t.Fatalf("there are the pipelines %q: %v", files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range settingName.FindAllString(string(content), -1) {
			if !strings.Contains(string(settings), "`"+name+"`") {
				t.Errorf("%s: the provider reads no variable %s", file, name)
			}
		}
	}
}

// A pull request of a fork is not planned: nobody has looked at what it runs.
func TestPipelinesLeaveForksOut(t *testing.T) {
	t.Parallel()
	for service, condition := range map[string]string{
		"github":       "if: github.event_name == 'pull_request' && github.event.pull_request.head.repo.full_name == github.repository\n",
		"azure-devops": "condition: and(eq(variables['Build.Reason'], 'PullRequest'), ne(variables['System.PullRequest.IsFork'], 'True'))\n",
		"gitlab": `if: $CI_PIPELINE_SOURCE == "merge_request_event" && ` +
			"$CI_MERGE_REQUEST_SOURCE_PROJECT_PATH == $CI_MERGE_REQUEST_PROJECT_PATH\n",
	} {
		content, err := os.ReadFile(filepath.Join(pipelineExamples, service, pipelines[service]))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(content), condition) {
			t.Errorf("%s plans pull requests of forks", service)
		}
	}
}

// The jobs of the pipelines, run as their services do, plan and apply a configuration. What the services make of the rest
// of the files takes these services.
func TestAccPipelines(t *testing.T) {
	t.Parallel()
	for service, file := range pipelines {
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			needsJQ(t)
			w := newWorkspace(t, 0)
			w.write(t, "main.tf", pipelineConfiguration(t))
			jobs := jobsOf(t, service, file)
			for _, name := range []string{"plan", "apply"} {
				if _, err := jobs[name].run(t, installed, w.Directory, w.environmentOf()); err != nil {
					t.Error(err)
				}
			}
			if n := len(appSessions(t, w)); n != 1 {
				t.Errorf("there are %d App sessions", n)
			}
			if service == "github" {
				w.wantFenced(t)
			}
			registration(t, w.tenant, "sapio365 migration", 12)
			failed, err := jobs["apply"].run(t, installed, w.Directory, w.environmentOf())
			if failed == nil || !strings.Contains(failed.script, "terraform show") || !strings.Contains(err.Error(), "false") {
				t.Errorf("a credential ends in 12 days: %v", err)
			}
		})
	}
}

// pipelineConfiguration is what the examples plan and apply.
func pipelineConfiguration(t testing.TB) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(pipelineExamples, "main.tf"))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// The check of the configuration sees a session of its own without the tag, as an imported one is.
func TestAccPipelines_untagged(t *testing.T) {
	t.Parallel()
	needsJQ(t)
	w := newWorkspace(t, 0)
	apply := jobsOf(t, "github", pipelines["github"])["apply"]
	w.write(t, "main.tf", pipelineConfiguration(t))
	if _, err := apply.run(t, installed, w.Directory, w.environmentOf()); err != nil {
		t.Fatal(err)
	}
	w.do(t, http.MethodPatch, "/applications(appId='"+appSessions(t, w)[0]+"')", map[string]any{"tags": []any{}})
	w.write(t, "main.tf", strings.Replace(pipelineConfiguration(t), "expiring_within_days = 30", "expiring_within_days = 400", 1))
	failed, err := apply.run(t, installed, w.Directory, w.environmentOf())
	if failed == nil || !strings.Contains(failed.script, "terraform show") {
		t.Errorf("its secret ends within 400 days: %v", err)
	}
}

// wantFenced looks at the plan in the summary, which is no Markdown.
func (w workspace) wantFenced(t *testing.T) {
	t.Helper()
	summary, err := os.ReadFile(w.summary())
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimSpace(string(summary))
	if !strings.HasPrefix(text, "~~~~\n") || !strings.HasSuffix(text, "\n~~~~") || !strings.Contains(text, "1 to add") {
		t.Errorf("the plan is not shown as text:\n%s", summary)
	}
}

// failing has terraform do nothing, and fail at one of its commands.
const failing = `
terraform() {
  if [ "$1" = "$FAILS" ]; then return 1; fi
  if [ "$1" = show ]; then echo '{"checks": [{"status": "pass"}]}'; fi
}
apk() { :; }
`

var terraformCommand = regexp.MustCompile(`\bterraform ([a-z]+)`)

// Where a command of Terraform fails, its step does, and nothing comes after it.
func TestPipelinesFailWithTerraform(t *testing.T) {
	t.Parallel()
	needsJQ(t)
	for service, files := range map[string][]string{
		"github": {"app-sessions.yml", "fleet.yml"}, "azure-devops": {"azure-pipelines.yml"}, "gitlab": {"gitlab-ci.yml"},
	} {
		for _, file := range files {
			commands := 0
			for name, j := range jobsOf(t, service, file) {
				j = j.with(strings.NewReplacer("${{ matrix.group }}", "north"))
				for _, s := range j.steps {
					for _, command := range terraformCommand.FindAllStringSubmatch(s.script, -1) {
						commands++
						if !j.failsAt(t, command[1]) {
							t.Errorf("%s, %s: %q goes on after it", file, name, command[0])
						}
					}
				}
			}
			if commands < 6 {
				t.Errorf("%s has %d commands", file, commands)
			}
		}
	}
}

// failsAt tells whether the job ends with the step whose command fails.
func (j job) failsAt(t testing.TB, command string) bool {
	t.Helper()
	repository := t.TempDir()
	for _, s := range j.steps {
		if err := os.MkdirAll(filepath.Join(repository, s.directory), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	failed, _ := j.run(t, failing, repository, append(os.Environ(),
		"FAILS="+command, "GITHUB_STEP_SUMMARY="+filepath.ToSlash(filepath.Join(repository, "summary"))))
	return failed != nil && strings.Contains(failed.script, "terraform "+command)
}

// checkCommand is the command that makes a failure of checks that do not hold.
var checkCommand = regexp.MustCompile(`terraform show -json[^|\n]*\| jq .*`)

// The command fails unless there are checks and all of them hold, in every shell, wherever it is written.
func TestCheckCommand(t *testing.T) {
	t.Parallel()
	needsJQ(t)
	guides := filepath.Join("..", "..", "templates", "guides")
	for file, times := range map[string]int{
		filepath.Join(pipelineExamples, "github", "app-sessions.yml"):          1,
		filepath.Join(pipelineExamples, "github", "fleet.yml"):                 1,
		filepath.Join(pipelineExamples, "azure-devops", "azure-pipelines.yml"): 1,
		filepath.Join(pipelineExamples, "gitlab", "gitlab-ci.yml"):             1,
		filepath.Join("..", "..", "examples", "report", "main.tf"):             1,
		filepath.Join(guides, "reporting.md.tmpl"):                             2,
	} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		commands := checkCommand.FindAllString(string(content), -1)
		if len(commands) != times {
			t.Errorf("%s has the commands %q", file, commands)
		}
		for _, command := range commands {
			for shown, want := range map[string]bool{
				"": false, "{}": false, `{"checks": []}`: false, `{"checks": null}`: false,
				`{"checks": [{"status": "pass"}]}`:                        true,
				`{"checks": [{"status": "pass"}, {"status": "fail"}]}`:    false,
				`{"checks": [{"status": "error"}, {"status": "pass"}]}`:   false,
				`{"checks": [{"status": "unknown"}, {"status": "pass"}]}`: false,
			} {
				shows := "terraform() { printf %s '" + shown + "'; [ -n '" + shown + "' ]; }"
				_, err := job{steps: []step{{script: command, shell: azureShell}}}.run(t, shows, t.TempDir(), os.Environ())
				if (err == nil) != want {
					t.Errorf("%s: of %q: %v", file, shown, err)
				}
			}
		}
	}
}
