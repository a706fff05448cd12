# For the PFX, from outside: TF_VAR_pfx_password or a vault. Kept nowhere.
variable "pfx_password" {
  type      = string
  sensitive = true
  ephemeral = true
}

# A new key pair in every run. Hand it to write-only arguments: of a vault, and
# of the machine that sapio365 runs on.
ephemeral "sapio365_certificate" "jobs" {
  common_name  = "sapio365 jobs"
  key_bits     = 3072
  valid_days   = 180
  pfx_password = var.pfx_password
}
