resource "sapio365_app_session" "reports" {
  display_name = "sapio365 - Nightly reports"

  permissions = {
    "Microsoft Graph" = {
      application = ["AuditLog.Read.All", "Reports.Read.All"]
    }
  }
}

# Signs in as the session, once it is there.
ephemeral "sapio365_app_session_token" "reports" {
  client_id     = sapio365_app_session.reports.client_id
  client_secret = sapio365_app_session.reports.client_secret_value
}

# Who takes the session over from here can rely on it: without the permission
# in its token, the apply fails.
output "reports_client_id" {
  value = sapio365_app_session.reports.client_id

  precondition {
    condition     = contains(ephemeral.sapio365_app_session_token.reports.roles, "Reports.Read.All")
    error_message = "The session's token lacks Reports.Read.All."
  }
}
