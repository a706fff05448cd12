package terraformcli_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// step is one of a job of a pipeline: what its service runs in one shell.
type step struct {
	script    string
	shell     []string // the program that is given the file with the script, and its arguments
	directory string   // below that of the repository
}

// job is what a service runs on a machine of its own, in this order.
type job struct {
	name  string
	steps []step
}

// The shells of the services, without their profiles. GitHub runs steps with pipefail only where they ask for bash by its
// name, and Azure Pipelines runs each to its end, whatever fails on the way. The runner of GitLab sets both options.
var (
	githubShells = map[string][]string{
		"":     {"bash", "-e"},
		"bash": {"bash", "--noprofile", "--norc", "-eo", "pipefail"},
	}
	azureShell  = []string{"bash", "--noprofile", "--norc"}
	gitlabShell = []string{"bash", "-eo", "pipefail"}
)

// githubRun is how GitHub runs a step. What a job says takes the place of all that the workflow says.
type githubRun struct {
	Shell     string
	Directory string `yaml:"working-directory"`
}

type githubWorkflow struct {
	Defaults struct{ Run *githubRun }
	Jobs     map[string]struct {
		Defaults struct{ Run *githubRun }
		Steps    []struct {
			githubRun `yaml:",inline"`
			Run       string
			With      map[string]string
		}
	}
}

// artifact is the file that the pipeline of a fleet keeps.
func artifact(t testing.TB) string {
	t.Helper()
	w := githubWorkflow{}
	readPipeline(t, &w, "github", "fleet.yml")
	for _, s := range w.Jobs["report"].Steps {
		if path := s.With["path"]; path != "" {
			return path
		}
	}
	t.Fatal("the report is not kept")
	return ""
}

// jobs are the jobs of a workflow of GitHub Actions.
func (w githubWorkflow) jobs(t testing.TB) (all []job) {
	t.Helper()
	for name, declared := range w.Jobs {
		defaults := githubRun{}
		for _, run := range []*githubRun{w.Defaults.Run, declared.Defaults.Run} {
			if run != nil {
				defaults = *run
			}
		}
		j := job{name: name}
		for _, s := range declared.Steps {
			if s.Run == "" {
				continue // an action
			}
			if s.Shell == "" {
				s.Shell = defaults.Shell
			}
			if s.Directory == "" {
				s.Directory = defaults.Directory
			}
			shell, ok := githubShells[s.Shell]
			if !ok {
				t.Fatalf("how GitHub runs %q is not known here", s.Shell)
			}
			j.steps = append(j.steps, step{script: s.Run, shell: shell, directory: s.Directory})
		}
		all = append(all, j)
	}
	return all
}

type azureSteps []struct{ Script, Bash string }

type azurePipeline struct {
	Stages []struct {
		Stage string
		Jobs  []struct {
			Steps    azureSteps
			Strategy struct {
				RunOnce struct{ Deploy struct{ Steps azureSteps } } `yaml:"runOnce"`
			}
		}
	}
}

// jobs are the stages of a pipeline of Azure DevOps, each of which has one job.
func (p azurePipeline) jobs(testing.TB) (all []job) {
	for _, stage := range p.Stages {
		j := job{name: stage.Stage}
		for _, declared := range stage.Jobs {
			for _, s := range slices.Concat(declared.Steps, declared.Strategy.RunOnce.Deploy.Steps) {
				if script := s.Script + s.Bash; script != "" {
					j.steps = append(j.steps, step{script: script, shell: azureShell})
				}
			}
		}
		all = append(all, j)
	}
	return all
}

// gitlabPipeline has jobs beside its settings.
type gitlabPipeline map[string]struct {
	Extends      string
	BeforeScript []string `yaml:"before_script"`
	Script       []string
}

// jobs are the jobs of a pipeline of GitLab, each of which runs all of its commands in one shell.
func (p gitlabPipeline) jobs(testing.TB) (all []job) {
	for name, declared := range p {
		if len(declared.Script) == 0 {
			continue
		}
		before := declared.BeforeScript
		if before == nil {
			before = p[declared.Extends].BeforeScript
		}
		script := strings.Join(slices.Concat(before, declared.Script), "\n")
		all = append(all, job{name: name, steps: []step{{script: script, shell: gitlabShell}}})
	}
	return all
}

// jobsOf reads the pipeline of a service.
func jobsOf(t testing.TB, service, file string) map[string]job {
	t.Helper()
	var read interface{ jobs(testing.TB) []job }
	switch service {
	case "github":
		read = &githubWorkflow{}
	case "azure-devops":
		read = &azurePipeline{}
	case "gitlab":
		read = &gitlabPipeline{}
	}
	readPipeline(t, read, service, file)
	found := map[string]job{}
	for _, j := range read.jobs(t) {
		found[j.name] = j
	}
	return found
}

func readPipeline(t testing.TB, into any, service, file string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(pipelineExamples, service, file))
	if err == nil {
		err = yaml.Unmarshal(content, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// run runs the steps in the repository until one fails, which it returns. The prelude says what terraform is.
func (j job) run(t testing.TB, prelude, repository string, environment []string) (failed *step, err error) {
	t.Helper()
	for _, s := range j.steps {
		file := filepath.Join(t.TempDir(), "step.sh")
		if err := os.WriteFile(file, []byte(prelude+"\n"+s.script), 0o600); err != nil {
			t.Fatal(err)
		}
		shell := exec.CommandContext(t.Context(), s.shell[0], append(slices.Clone(s.shell[1:]), filepath.ToSlash(file))...)
		shell.Dir = filepath.Join(repository, s.directory)
		shell.Env = environment
		out, err := shell.CombinedOutput()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if err != nil {
			return &s, fmt.Errorf("%s: %s: %w\n%s", j.name, s.script, err, out)
		}
	}
	return nil, nil
}

// with has the expressions of GitHub in the scripts replaced.
func (j job) with(expressions *strings.Replacer) job {
	steps := slices.Clone(j.steps)
	for i := range steps {
		steps[i].script = expressions.Replace(steps[i].script)
	}
	return job{name: j.name, steps: steps}
}

// needsJQ skips what looks at the checks where the tool for it is missing. The machines of the services have it.
func needsJQ(t testing.TB) {
	t.Helper()
	for _, program := range []string{"bash", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
}
