package provider

import (
	"errors"
	"strings"

	"github.com/sapio365/terraform-provider-sapio365/internal/pki"
	"github.com/sapio365/terraform-provider-sapio365/internal/signin"
)

// credential is the first kind that is configured, in the documented order; nil after an error.
func (r *resolver) credential(cfg Configuration) signin.Credential {
	r.refuseBoth("client_certificate", cfg.ClientCertificate, "client_certificate_path", cfg.ClientCertificatePath)
	r.refuseBoth("client_secret", cfg.ClientSecret, "client_secret_file_path", cfg.ClientSecretFilePath)
	// Every flag is read, so that a misspelt one is told even when it does not matter today.
	useOIDC := r.flag("use_oidc", cfg.UseOIDC, false)
	useAKS := r.flag("use_aks_workload_identity", cfg.UseAKSWorkloadIdentity, false)
	useMSI := r.flag("use_msi", cfg.UseMSI, false)
	useCLI := r.flag("use_cli", cfg.UseCLI, r.tenant == "")

	certificate := r.earlier("client_certificate", cfg.ClientCertificate, "client_certificate_path", cfg.ClientCertificatePath)
	secret := r.earlier("client_secret", cfg.ClientSecret, "client_secret_file_path", cfg.ClientSecretFilePath)
	switch {
	case certificate.isSet():
		credential, problem := r.certificate(r.use(certificate), cfg.ClientCertificatePassword)
		return r.usable(credential, signin.KindCertificate, certificate, problem)
	case secret.isSet():
		credential, problem := r.secret(r.use(secret))
		return r.usable(credential, signin.KindSecret, secret, problem)
	case useOIDC:
		return r.oidc(cfg)
	case useAKS:
		path := r.getenv(federatedTokenFile)
		if path == "" {
			r.fail("use_aks_workload_identity", "Missing AKS workload identity",
				"The environment variable %s is not set. AKS sets it in pods whose service account and label use a workload identity.", federatedTokenFile)
			return nil
		}
		return signin.NewAKSWorkloadIdentity(path, federatedTokenFile)
	case useMSI:
		return signin.NewManagedIdentity(r.originOfFlag("use_msi"))
	case useCLI:
		return signin.NewAzureCLI(r.originOfFlag("use_cli"))
	}
	if r.tenant != "" {
		r.fail("", "Missing credentials", "The entry %q of tenants has nothing to sign in with, and environment variables do not stand in for it. "+
			"Set one of its client_certificate, client_certificate_path, client_secret, client_secret_file_path, use_oidc, "+
			"use_aks_workload_identity, use_msi, use_cli; or remove the entry, so that the provider's own identity signs in to this tenant.", r.tenant)
		return nil
	}
	r.fail("", "Missing credentials", "%s", "Nothing is configured to sign in with. Set one of, in the provider block or the environment: "+
		"client_certificate or client_certificate_path (SAPIO365_CLIENT_CERTIFICATE, SAPIO365_CLIENT_CERTIFICATE_PATH), "+
		"client_secret or client_secret_file_path (SAPIO365_CLIENT_SECRET, SAPIO365_CLIENT_SECRET_FILE_PATH), "+
		"use_oidc (SAPIO365_USE_OIDC), use_aks_workload_identity (SAPIO365_USE_AKS_WORKLOAD_IDENTITY), "+
		"use_msi (SAPIO365_USE_MSI), use_cli (SAPIO365_USE_CLI). The ARM_* and AZURE_* variables are read, too.")
	return nil
}

// originOfFlag is what signin is told about a credential that is a mere flag.
func (r *resolver) originOfFlag(attribute string) string {
	switch source := r.sources[attribute]; source {
	case sourceConfiguration:
		return attributeOf(r.tenant, attribute)
	case sourceDefault:
		return attribute + " (default)"
	default:
		return source
	}
}

func (r *resolver) refuseBoth(valueName string, value *string, pathName string, path *string) {
	if value != nil && *value != "" && path != nil && *path != "" {
		r.fail(pathName, "Contradictory credentials", "Both %s and %s are set. Remove one of them.", valueName, pathName)
	}
}

// earlier is the value or the file, whichever comes from the earlier
// generation; the value if both come from the same.
func (r *resolver) earlier(valueName string, value *string, pathName string, path *string) setting {
	direct := r.find(valueName, value, environmentVariables[valueName])
	file := r.find(pathName, path, environmentVariables[pathName])
	if file.isSet() && (!direct.isSet() || file.generation < direct.generation) {
		return file
	}
	return direct
}

// usable is the credential, or nil after an error. What is wrong with a file of an entry of tenants is no error here: it
// may differ from one machine and one run to the next, and concerns the one tenant, which cannot be signed in to then.
func (r *resolver) usable(credential signin.Credential, kind signin.Kind, from setting, problem *SettingError) signin.Credential {
	switch {
	case problem == nil:
		return credential
	case r.tenant != "" && strings.HasSuffix(from.attribute, "_path"):
		return signin.Unusable(kind, from.origin(), errors.New(problem.Detail))
	}
	r.problems = append(r.problems, *problem)
	return nil
}

func (r *resolver) certificate(s setting, password *string) (signin.Credential, *SettingError) {
	content := []byte(s.value)
	if s.attribute == "client_certificate_path" {
		var problem *SettingError
		if content, problem = r.file(s); problem != nil {
			return nil, problem
		}
	}
	secret := r.text("client_certificate_password", password)
	pair, err := pki.ParseKeyPair(content, secret.value)
	if errors.Is(err, pki.ErrWrongPassword) {
		detail := "a password protects. No password is set: set client_certificate_password."
		if secret.isSet() {
			detail = "the given password does not open. Correct the password, which comes from " + secret.origin() + "."
		}
		return nil, r.problem("client_certificate_password", "Invalid client_certificate_password",
			"The certificate from %s is a PKCS#12 (PFX) archive that %s", s.origin(), detail)
	}
	if err != nil {
		return nil, r.problem(s.attribute, "Invalid "+s.attribute, "The certificate from %s cannot be used: %v. Give PEM with the certificate "+
			"and its private key, or PKCS#12 (PFX), in base64 if it is not a file.", s.origin(), err)
	}
	credential, err := signin.NewCertificate(pair, s.origin())
	if err != nil {
		return nil, r.problem(s.attribute, "Invalid "+s.attribute, "The certificate from %s cannot be used: %v.", s.origin(), err)
	}
	return credential, nil
}

func (r *resolver) secret(s setting) (signin.Credential, *SettingError) {
	if s.attribute == "client_secret" {
		return signin.NewSecret(s.value, s.origin()), nil
	}
	content, problem := r.file(s)
	if problem != nil {
		return nil, problem
	}
	value := strings.TrimSpace(string(content))
	if value == "" {
		return nil, r.problem(s.attribute, "Invalid "+s.attribute, "The file %s (from %s) is empty.", s.value, s.origin())
	}
	return signin.NewSecret(value, s.origin()), nil
}

// oidc takes the token, the file or the request, whichever comes from the
// earliest generation; in this order within one.
func (r *resolver) oidc(cfg Configuration) signin.Credential {
	connection := r.find("ado_pipeline_service_connection_id", cfg.ADOPipelineServiceConnectionID, environmentVariables["ado_pipeline_service_connection_id"])
	fromPipeline := func(attribute string, configured *string) setting {
		return r.find(attribute, configured, pipelineVariables(environmentVariables[attribute], connection.isSet()))
	}
	found := r.earlier("oidc_token", cfg.OIDCToken, "oidc_token_file_path", cfg.OIDCTokenFilePath)
	requestURL := fromPipeline("oidc_request_url", cfg.OIDCRequestURL)
	requestToken := fromPipeline("oidc_request_token", cfg.OIDCRequestToken)
	requested := requestURL.isSet() && requestToken.isSet()
	if requested && (!found.isSet() || max(requestURL.generation, requestToken.generation) < found.generation) {
		return r.oidcRequest(r.use(requestURL), r.use(requestToken), r.use(connection))
	}
	switch {
	case found.attribute == "oidc_token" && found.isSet():
		return signin.NewOIDCToken(r.use(found).value, found.origin())
	case found.isSet():
		return signin.NewOIDCTokenFile(r.use(found).value, found.origin())
	case requestURL.isSet():
		r.fail("oidc_request_token", "Missing oidc_request_token", "The request URL comes from %s, but the token that it needs is missing. In Azure DevOps map SYSTEM_ACCESSTOKEN: $(System.AccessToken) into the step.", requestURL.origin())
	case requestToken.isSet():
		r.fail("oidc_request_url", "Missing oidc_request_url", "The request token comes from %s, but the URL that it is for is missing.", requestToken.origin())
	default:
		detail := "use_oidc is set, but there is no token. Set oidc_token, oidc_token_file_path, or oidc_request_url with oidc_request_token; in GitHub Actions give the job `permissions: id-token: write`."
		if r.getenv("SYSTEM_OIDCREQUESTURI") != "" {
			detail += " In Azure DevOps set ado_pipeline_service_connection_id (SAPIO365_ADO_PIPELINE_SERVICE_CONNECTION_ID)."
		}
		r.fail("use_oidc", "Missing OIDC token", "%s", detail)
	}
	return nil
}

func (r *resolver) oidcRequest(requestURL, requestToken, connection setting) signin.Credential {
	if connection.isSet() {
		return signin.NewAzurePipelines(requestURL.value, requestToken.value, connection.value, requestURL.origin())
	}
	return signin.NewOIDCRequest(requestURL.value, requestToken.value, requestURL.origin())
}
