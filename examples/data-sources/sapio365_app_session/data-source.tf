resource "sapio365_app_session" "reporting" {
  display_name = "sapio365 reporting"

  permissions = {
    "Microsoft Graph" = {
      application = ["User.Read.All"]
    }
  }
}

# Usually the resource is in another configuration, and the data source names it: unique_name = "…".
data "sapio365_app_session" "reporting" {
  unique_name = sapio365_app_session.reporting.unique_name

  lifecycle {
    postcondition {
      condition     = self.admin_consent_granted
      error_message = "${self.display_name} lacks ${join(", ", self.missing_consents)}. An administrator gives consent at ${self.admin_consent_url}"
    }
  }
}

output "client_id" {
  value = data.sapio365_app_session.reporting.client_id
}

output "secret_expires_at" {
  value = data.sapio365_app_session.reporting.client_secret_expires_at
}
