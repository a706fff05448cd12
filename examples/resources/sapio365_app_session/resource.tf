# A session with a client secret, which is sapio365's default.
resource "sapio365_app_session" "reports" {
  display_name = "sapio365 - Nightly reports"
  description  = "Runs the reporting jobs of the service desk"

  permissions = {
    "Microsoft Graph" = {
      application = ["AuditLog.Read.All", "Reports.Read.All", "User.Read.All"]
      delegated   = ["User.Read"]
    }
  }

  client_secret = {
    valid_days = 90
  }
}

output "reports_client_id" {
  value = sapio365_app_session.reports.client_id
}

# Enter it in sapio365, or hand it to a vault.
output "reports_client_secret" {
  value     = sapio365_app_session.reports.client_secret_value
  sensitive = true
}
