# Two people: the pipeline declares the session, an administrator consents.
resource "sapio365_app_session" "reviewed" {
  display_name  = "sapio365 - Reviewed by security"
  admin_consent = false

  permissions = {
    "Microsoft Graph" = {
      application = ["Directory.Read.All"]
    }
  }
}

# Open this URL as an administrator. The next plan picks the consent up.
output "reviewed_consent_url" {
  value = sapio365_app_session.reviewed.admin_consent_url
}
