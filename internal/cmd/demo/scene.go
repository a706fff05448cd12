package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/sapio365/terraform-provider-sapio365/internal/emulator"
	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
	"github.com/sapio365/terraform-provider-sapio365/internal/terraformcli"
)

//go:embed main.tf
var configuration []byte

// latency is what the emulator adds to each request, about that of the real service.
const latency = 50 * time.Millisecond

// scene is everything that the demo plays with.
type scene struct {
	screen    *screen
	directory string // temporary; removed at the end
	server    *emulator.Server
	tenant    *emulator.Tenant
	cli       terraformcli.CLI
	keys      pki.KeyPair // of the session with a certificate
	identity  *signin.Identity
}

func setUp(ctx context.Context, screen *screen) (*scene, error) {
	screen.step("Set the scene")
	directory, err := os.MkdirTemp("", "sapio365-demo-")
	if err != nil {
		return nil, err
	}
	s := &scene{screen: screen, directory: directory}
	if err := s.build(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *scene) build(ctx context.Context) error {
	path, fetched, err := terraformcli.Find(ctx, filepath.Join(s.directory, "cli"))
	if err != nil {
		return fmt.Errorf("there is no Terraform or OpenTofu to run: %w", err)
	}
	if fetched {
		s.screen.say("Terraform was fetched, for this demo only")
	} else {
		s.screen.say("using %s", path)
	}
	s.screen.say("building the provider …")
	if err := terraformcli.BuildProvider(ctx, s.directory); err != nil {
		return err
	}
	if s.server, err = emulator.Start(emulator.Options{Latency: latency}); err != nil {
		return err
	}
	if s.tenant, err = s.server.Tenant(emulator.TenantOptions{DisplayName: "Contoso"}); err != nil {
		return err
	}
	s.screen.say("emulating Microsoft Graph and Entra sign-in at %s, %s of latency", s.server.URL(), latency)
	s.screen.say("tenant %s (%s)", s.tenant.ID(), s.tenant.Domain())
	if err := s.writeFiles(); err != nil {
		return err
	}
	s.cli = terraformcli.CLI{Path: path, Directory: s.directory, Environment: s.environment()}
	return s.prepareSignIn()
}

func (s *scene) writeFiles() error {
	certificate, err := s.newKeys()
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"main.tf": configuration, "certificate.pem": certificate, "ca.pem": s.server.CAPEM(),
	} {
		if err := os.WriteFile(filepath.Join(s.directory, name), content, 0o600); err != nil {
			return err
		}
	}
	return terraformcli.WriteConfig(filepath.Join(s.directory, "cli.tfrc"), s.directory)
}

// newKeys makes the key pair of the session with a certificate. Only the certificate is written to a file.
func (s *scene) newKeys() ([]byte, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "sapio365 demo"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	private := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	s.keys, err = pki.ParseKeyPair(append(private, certificate...), "")
	return certificate, err
}

func (s *scene) environment() []string {
	admin := s.tenant.Admin()
	return terraformcli.Environment(map[string]string{
		"TF_CLI_CONFIG_FILE":           filepath.Join(s.directory, "cli.tfrc"),
		"SAPIO365_TENANT_ID":           s.tenant.ID(),
		"SAPIO365_CLIENT_ID":           admin.ClientID,
		"SAPIO365_CLIENT_SECRET":       admin.ClientSecret,
		"SAPIO365_ACCESS_ENFORCEMENT":  "off", // nobody holds an access role in a new tenant
		"SAPIO365_GRAPH_ENDPOINT":      s.server.URL(),
		"SAPIO365_LOGIN_ENDPOINT":      s.server.URL(),
		"SAPIO365_CA_CERTIFICATE_PATH": filepath.Join(s.directory, "ca.pem"),
	})
}

func (s *scene) prepareSignIn() error {
	cloud, _ := signin.LookupCloud("public")
	cloud.LoginEndpoint, cloud.GraphEndpoint = s.server.URL(), s.server.URL()
	admin := s.tenant.Admin()
	var err error
	s.identity, err = signin.New(signin.Config{
		TenantID: s.tenant.ID(), ClientID: admin.ClientID, Cloud: cloud,
		Credential: signin.NewSecret(admin.ClientSecret, "the emulator"), HTTPClient: s.server.Client(),
	})
	return err
}

func (s *scene) close() error {
	if s.server != nil {
		s.server.Close()
	}
	return os.RemoveAll(s.directory)
}
