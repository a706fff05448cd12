# For the PFX, from outside: TF_VAR_pfx_password or a vault. Kept nowhere.
variable "pfx_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

# A new key pair in every run.
ephemeral "sapio365_certificate" "jobs" {
  common_name  = "sapio365 jobs"
  key_bits     = 3072
  valid_days   = 180
  pfx_password = var.pfx_password
}

# Raise it to have the key pair of that run registered and stored.
locals {
  key_pair_version = 1
}

# The session registers the public certificate. Hand private_key_pem or
# pfx_base64 to a write-only argument of a vault with the same version.
resource "sapio365_app_session" "jobs" {
  display_name       = "sapio365 - Jobs"
  permission_profile = "read_only"

  certificate = {
    value_wo         = ephemeral.sapio365_certificate.jobs.certificate_pem
    value_wo_version = local.key_pair_version
  }
}
