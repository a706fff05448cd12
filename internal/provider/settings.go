package provider

import (
	"crypto/x509"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/sapio365/terraform-provider-sapio365/internal/entra"
	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

// Configuration is what the provider block says; nil is not set. An empty
// string counts as not set, because that is what an unset variable of a module
// amounts to.
type Configuration struct {
	TenantID                       *string
	ClientID                       *string
	ClientSecret                   *string
	ClientSecretFilePath           *string
	ClientCertificate              *string
	ClientCertificatePath          *string
	ClientCertificatePassword      *string
	UseOIDC                        *bool
	OIDCToken                      *string
	OIDCTokenFilePath              *string
	OIDCRequestURL                 *string
	OIDCRequestToken               *string
	ADOPipelineServiceConnectionID *string
	UseCLI                         *bool
	UseMSI                         *bool
	UseAKSWorkloadIdentity         *bool
	Environment                    *string
	GraphEndpoint                  *string
	LoginEndpoint                  *string
	CACertificatePath              *string
	AccessEnforcement              *string
	PermanentlyDelete              *bool
	RecoverSoftDeleted             *bool
	// Tenants are the tenants with an identity of their own, by what the block calls them. Only the attributes of
	// credentials count in an entry, with those that are not known yet.
	Tenants map[string]Configuration
	Unknown []string
}

// Settings is what the configuration and the environment amount to.
type Settings struct {
	// TenantID is a GUID in lower case.
	TenantID string
	// ClientID is a GUID in lower case, or empty where the credential needs none.
	ClientID string
	// Cloud has the configured endpoints in place of its own.
	Cloud      signin.Cloud
	Credential signin.Credential
	// Tenants are those, by ID in lower case, that somebody else signs in to.
	Tenants            map[string]signin.Login
	CACertificates     []*x509.Certificate
	PermanentlyDelete  bool
	RecoverSoftDeleted bool
	// Enforcement is what becomes of an operation that breaks an access rule.
	Enforcement entra.Enforcement
	// Sources says where the value of each attribute in use came from:
	// "configuration", "default" or the name of an environment variable.
	Sources map[string]string
}

// What Sources says apart from names of environment variables.
const (
	sourceConfiguration = "configuration"
	sourceDefault       = "default"
)

// SettingError is one thing wrong with the settings.
type SettingError struct {
	// Tenant is the entry of the attribute tenants that it is about; empty if it is about none.
	Tenant string
	// Attribute is the attribute to correct, of that entry where there is one; empty if it is about several.
	Attribute string
	Summary   string
	Detail    string
	// Domain is a domain name that stands in place of a tenant's ID; empty where none does.
	Domain string
}

func (e SettingError) Error() string { return e.Summary + ": " + e.Detail }

// CheckConfiguration tells what is wrong with the block by itself, wherever it will be used: what depends on the
// environment or on files is left to ResolveSettings.
func CheckConfiguration(cfg Configuration) []SettingError {
	r := &resolver{getenv: func(string) string { return "" }, sources: map[string]string{}}
	own := r.guid(r.text("tenant_id", cfg.TenantID))
	r.guid(r.text("client_id", cfg.ClientID))
	r.cloud(cfg)
	r.accessEnforcement(cfg.AccessEnforcement)
	r.tenantIDs(cfg.Tenants, own)
	return r.problems
}

// ResolveSettings merges the configuration with the environment and checks the
// result. It reads the files that are needed to build the credential, and
// connects to nothing. With errors the settings are not usable.
func ResolveSettings(cfg Configuration, getenv func(string) string, readFile func(string) ([]byte, error)) (Settings, []SettingError) {
	r := &resolver{getenv: getenv, readFile: readFile, sources: map[string]string{}}
	settings := Settings{
		TenantID:           r.guid(r.text("tenant_id", cfg.TenantID)),
		ClientID:           r.guid(r.text("client_id", cfg.ClientID)),
		Cloud:              r.cloud(cfg),
		PermanentlyDelete:  r.flag("permanently_delete", cfg.PermanentlyDelete, false),
		RecoverSoftDeleted: r.flag("recover_soft_deleted", cfg.RecoverSoftDeleted, false),
		Sources:            r.sources,
	}
	settings.Enforcement = r.accessEnforcement(cfg.AccessEnforcement)
	settings.CACertificates = r.authorities(cfg.CACertificatePath)
	settings.Credential = r.credential(cfg)
	r.requireIDs(settings)
	settings.Tenants = r.tenants(cfg.Tenants, settings.TenantID)
	return settings, r.problems
}

// resolver collects what it finds wrong, so that all of it is told at once.
type resolver struct {
	getenv   func(string) string
	readFile func(string) ([]byte, error)
	sources  map[string]string
	problems []SettingError
	tenant   string // the entry of tenants that is resolved; empty for the block itself
}

// setting is the value of an attribute; the zero value is not set.
type setting struct {
	attribute  string
	entry      string // as resolver.tenant
	value      string
	source     string
	generation generation
}

func (s setting) isSet() bool { return s.value != "" }

// origin is the attribute in the configuration or the environment variable.
func (s setting) origin() string {
	if s.source == sourceConfiguration {
		return attributeOf(s.entry, s.attribute)
	}
	return s.source
}

// attributeOf is how people write the attribute of an entry of tenants, or of the block.
func attributeOf(entry, attribute string) string {
	if entry == "" {
		return attribute
	}
	return fmt.Sprintf("tenants[%q].%s", entry, attribute)
}

func (r *resolver) fail(attribute, summary, detail string, args ...any) {
	r.problems = append(r.problems, *r.problem(attribute, summary, detail, args...))
}

func (r *resolver) problem(attribute, summary, detail string, args ...any) *SettingError {
	return &SettingError{Tenant: r.tenant, Attribute: attribute, Summary: summary, Detail: fmt.Sprintf(detail, args...)}
}

// find looks an attribute up without recording it as in use.
func (r *resolver) find(attribute string, configured *string, variables []string) setting {
	if configured != nil && *configured != "" {
		return setting{attribute: attribute, entry: r.tenant, value: *configured, source: sourceConfiguration, generation: fromConfiguration}
	}
	for _, variable := range variables {
		if value := r.getenv(variable); value != "" {
			return setting{attribute: attribute, value: value, source: variable, generation: generationOf(variable)}
		}
	}
	return setting{attribute: attribute}
}

// use records where the value of an attribute came from.
func (r *resolver) use(s setting) setting {
	if s.isSet() {
		r.sources[s.attribute] = s.source
	}
	return s
}

func (r *resolver) text(attribute string, configured *string) setting {
	return r.use(r.find(attribute, configured, environmentVariables[attribute]))
}

func (r *resolver) flag(attribute string, configured *bool, otherwise bool) bool {
	if configured != nil {
		r.sources[attribute] = sourceConfiguration
		return *configured
	}
	s := r.text(attribute, nil)
	if !s.isSet() {
		r.sources[attribute] = sourceDefault
		return otherwise
	}
	value, err := strconv.ParseBool(strings.TrimSpace(s.value))
	if err != nil {
		r.fail(attribute, "Invalid environment variable "+s.source, "%q is neither true nor false.", s.value)
	}
	return value
}

func (r *resolver) guid(s setting) string {
	if !s.isSet() {
		return ""
	}
	value := strings.ToLower(strings.TrimSpace(s.value))
	if _, err := uuid.Parse(value); err == nil && len(value) == len(uuid.Nil.String()) {
		return value
	}
	problem := SettingError{Attribute: s.attribute, Summary: "Invalid " + s.attribute, Detail: fmt.Sprintf("%q (from %s) is not a GUID.", s.value, s.origin())}
	if s.attribute == "tenant_id" && signin.IsDomain(value) {
		problem.Domain = value
	}
	r.refuseID(problem)
	return ""
}

// refuseID says what an ID looks like, unless it is a domain name, of which the diagnostic tells the tenant.
func (r *resolver) refuseID(problem SettingError) {
	if problem.Domain == "" {
		problem.Detail += " Give a GUID such as 00000000-1111-2222-3333-444444444444."
	}
	problem.Tenant = r.tenant
	r.problems = append(r.problems, problem)
}

func (r *resolver) cloud(cfg Configuration) signin.Cloud {
	s := r.text("environment", cfg.Environment)
	if !s.isSet() {
		s.value = "public"
		r.sources["environment"] = sourceDefault
	}
	name := s.value
	alias := azureADClouds[strings.ToLower(name)]
	if s.generation == fromAzureADVariable {
		name = strings.ToLower(name)
		if alias != "" {
			name = alias
		}
	}
	cloud, ok := signin.LookupCloud(name)
	if !ok {
		detail := fmt.Sprintf("%q (from %s) is not a cloud. Use one of: %s.", s.value, s.origin(), strings.Join(signin.CloudNames(), ", "))
		if alias != "" {
			detail += fmt.Sprintf(" What the azuread provider calls %q is %q here.", s.value, alias)
		}
		r.fail("environment", "Invalid environment", "%s", detail)
	}
	if endpoint := r.endpoint(r.text("login_endpoint", cfg.LoginEndpoint)); endpoint != "" {
		cloud.LoginEndpoint = endpoint
	}
	if endpoint := r.endpoint(r.text("graph_endpoint", cfg.GraphEndpoint)); endpoint != "" {
		cloud.GraphEndpoint = endpoint
	}
	return cloud
}

func (r *resolver) endpoint(s setting) string {
	if !s.isSet() {
		return ""
	}
	value := strings.TrimSuffix(strings.TrimSpace(s.value), "/")
	target, err := url.Parse(value)
	if err != nil || target.Scheme != "https" || target.Hostname() == "" || value != "https://"+target.Host {
		r.fail(s.attribute, "Invalid "+s.attribute, "%q (from %s) is not of the form https://host or https://host:port, without a path.", s.value, s.origin())
		return ""
	}
	return value
}

func (r *resolver) accessEnforcement(configured *string) entra.Enforcement {
	s := r.text("access_enforcement", configured)
	if !s.isSet() {
		r.sources["access_enforcement"] = sourceDefault
		return entra.Enforce
	}
	if enforcement := entra.Enforcement(s.value); slices.Contains(entra.Enforcements, enforcement) {
		return enforcement
	}
	r.fail("access_enforcement", "Invalid access_enforcement", "%q (from %s) is none of \"enforce\", \"warn\" and \"off\".", s.value, s.origin())
	return entra.Enforce
}

func (r *resolver) authorities(configured *string) []*x509.Certificate {
	s := r.text("ca_certificate_path", configured)
	if !s.isSet() {
		return nil
	}
	content, problem := r.file(s)
	if problem != nil {
		r.problems = append(r.problems, *problem)
		return nil
	}
	certificates, err := pki.ParseBundle(content)
	if err != nil {
		r.fail(s.attribute, "Invalid "+s.attribute, "The file %s (from %s) has no usable certificate: %v.", s.value, s.origin(), err)
	}
	return certificates
}

func (r *resolver) file(path setting) ([]byte, *SettingError) {
	content, err := r.readFile(path.value)
	if err != nil {
		return nil, r.problem(path.attribute, "Unreadable "+path.attribute, "The file (from %s) cannot be read: %v.", path.origin(), err)
	}
	return content, nil
}

func (r *resolver) requireIDs(settings Settings) {
	missing := func(attribute, what string) {
		r.fail(attribute, "Missing "+attribute, "%s Set %s in the provider block, or one of the environment variables %s.",
			what, attribute, strings.Join(environmentVariables[attribute], ", "))
	}
	if _, given := r.sources["tenant_id"]; !given {
		missing("tenant_id", "The provider must know its tenant, so that it never works in another one.")
	}
	if _, given := r.sources["client_id"]; !given && needsClientID(settings.Credential) {
		missing("client_id", fmt.Sprintf("Signing in with %s needs the application (client) ID.", settings.Credential.Source()))
	}
}

// needsClientID tells whether an application signs in; nil stands for a credential that there is an error about.
func needsClientID(credential signin.Credential) bool {
	return credential != nil && credential.Kind() != signin.KindAzureCLI && credential.Kind() != signin.KindManagedIdentity
}
