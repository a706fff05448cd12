data "sapio365_tenant" "this" {}

# A secret as long as the tenant allows, at most half a year.
resource "sapio365_app_session" "reporting" {
  display_name = "sapio365 reporting"

  permissions = {
    "Microsoft Graph" = {
      application = ["User.Read.All"]
    }
  }

  client_secret = {
    valid_days = min(180, coalesce(data.sapio365_tenant.this.max_secret_days, 180))
  }

  lifecycle {
    precondition {
      condition     = data.sapio365_tenant.this.secrets_allowed != false
      error_message = "${data.sapio365_tenant.this.display_name} allows no client secrets: use a certificate."
    }
  }
}

# What to ask an administrator for.
output "missing_permissions" {
  value = data.sapio365_tenant.this.missing_permissions["sapio365_app_session"]
}
