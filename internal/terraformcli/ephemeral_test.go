package terraformcli_test

import (
	"archive/zip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// ephemeralMain makes a key pair and a token. A provisioner, which may read what is kept nowhere, writes them to the
// directory, from where the test knows what must not be found elsewhere.
const ephemeralMain = `
terraform {
  required_providers {
    sapio365 = { source = "sapio365/sapio365" }
  }
}

variable "directory" { type = string }

variable "pfx_password" {
  type      = string
  ephemeral = true
}

resource "sapio365_app_session" "test" {
  display_name = "sapio365 tokens"
  permissions  = { "Microsoft Graph" = { application = ["User.Read.All"] } }
}

ephemeral "sapio365_certificate" "test" {
  common_name  = "sapio365 tokens"
  pfx_password = var.pfx_password
}

ephemeral "sapio365_app_session_token" "test" {
  client_id     = sapio365_app_session.test.client_id
  client_secret = sapio365_app_session.test.client_secret_value
}

resource "terraform_data" "test" {
  provisioner "local-exec" {
    interpreter = ["sh", "-c"]
    command     = "printf %s \"$KEY\" > \"$DIRECTORY/key\"; printf %s \"$PFX\" > \"$DIRECTORY/pfx\"; printf %s \"$TOKEN\" > \"$DIRECTORY/token\""
    environment = {
      DIRECTORY = var.directory
      KEY       = ephemeral.sapio365_certificate.test.private_key_pem
      PFX       = ephemeral.sapio365_certificate.test.pfx_base64
      TOKEN     = ephemeral.sapio365_app_session_token.test.access_token
    }
  }
}
`

// Nothing of a generated key pair or of a token is in a plan, in the state, in what Terraform prints, or in its most
// detailed log.
func TestAccEphemeralLeavesNothing(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("runs sh")
	}
	w := newWorkspace(t, 0)
	secrets := t.TempDir()
	w.write(t, "main.tf", ephemeralMain)
	const password = "correct-horse-battery-staple"
	w.Environment = append(w.Environment, "TF_LOG=TRACE", "TF_LOG_PATH="+filepath.Join(w.Directory, "trace.log"),
		"TF_VAR_directory="+secrets, "TF_VAR_pfx_password="+password)
	var printed strings.Builder
	command := func(expected int, args ...string) {
		out, err := w.Run(t.Context(), expected, args...)
		if err != nil {
			t.Fatal(err)
		}
		printed.WriteString(out)
	}
	command(0, "plan", "-out=first.tfplan", "-input=false", "-no-color")
	command(0, "show", "-json", "first.tfplan")
	command(0, "apply", "-input=false", "-no-color", "first.tfplan")
	// By now all is known, so that the token is obtained by the plan as well.
	command(0, "plan", "-out=second.tfplan", "-detailed-exitcode", "-input=false", "-no-color")
	command(0, "show", "-json", "second.tfplan")
	command(0, "show", "-json")

	kept := w.contents(t)
	kept["what was printed"] = printed.String()
	// A plan makes pairs that nobody has written down.
	needles := append(secretsIn(t, secrets), "PRIVATE KEY-----", password)
	for name, content := range kept {
		for _, needle := range needles {
			if strings.Contains(content, needle) {
				t.Errorf("%s holds a secret that begins with %.12s", name, needle)
			}
		}
	}
	if !strings.Contains(kept["trace.log"], "OpenEphemeralResource") {
		t.Error("the log is not the most detailed one")
	}
	command(0, "destroy", "-auto-approve", "-input=false", "-no-color")
}

// secretsIn are the lines of what the provisioner wrote.
func secretsIn(t *testing.T, directory string) []string {
	t.Helper()
	var all []string
	for _, name := range []string{"key", "pfx", "token"} {
		content, err := os.ReadFile(filepath.Join(directory, name))
		if err != nil || len(content) < 100 {
			t.Fatalf("%s was not handed over: %v", name, err)
		}
		for line := range strings.Lines(string(content)) {
			if line = strings.TrimSpace(line); len(line) > 30 {
				all = append(all, line[:min(len(line), 60)])
			}
		}
	}
	return all
}

// contents is all that the CLI has written into the workspace, plans taken apart.
func (w workspace) contents(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS(w.Directory), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path, "provider/") {
			return err
		}
		content, err := os.ReadFile(filepath.Join(w.Directory, path))
		all[path] = string(content)
		if strings.HasSuffix(path, ".tfplan") && err == nil {
			err = unzip(filepath.Join(w.Directory, path), func(name, content string) { all[path+"/"+name] = content })
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func unzip(path string, each func(name, content string)) error {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	defer archive.Close() //nolint:errcheck // it was only read
	for _, file := range archive.File {
		opened, err := file.Open()
		if err != nil {
			return err
		}
		content, err := io.ReadAll(opened)
		if err != nil {
			return err
		}
		each(file.Name, string(content))
	}
	return nil
}
