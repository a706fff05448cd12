terraform {
  required_providers {
    sapio365 = {
      source = "sapio365/sapio365"
    }
  }
}

# Which tenant, and as whom, stands in the environment: SAPIO365_TENANT_ID, SAPIO365_CLIENT_ID, ...
provider "sapio365" {}

# Signs in with a client secret, sapio365's default.
resource "sapio365_app_session" "reports" {
  display_name = "sapio365 - Nightly reports"
  description  = "Runs the reporting jobs of the service desk"

  permissions = {
    "Microsoft Graph" = {
      application = ["User.Read.All", "Reports.Read.All", "AuditLog.Read.All"]
      delegated   = ["User.Read"]
    }
  }

  client_secret = {
    valid_days = 90
  }
}

# Signs in with a certificate, which Exchange Online PowerShell asks for.
resource "sapio365_app_session" "mailboxes" {
  display_name       = "sapio365 - Mailbox administration"
  permission_profile = "read_only"

  permissions = {
    "Microsoft Graph" = {
      application = ["MailboxSettings.ReadWrite"]
    }
  }

  certificate = {
    value = file("certificate.pem")
  }

  exchange_online_powershell = {}
}

output "reports" {
  value = {
    tenant_id     = sapio365_app_session.reports.tenant_id
    client_id     = sapio365_app_session.reports.client_id
    client_secret = sapio365_app_session.reports.client_secret_value
  }
  sensitive = true
}

output "mailboxes" {
  value = {
    tenant_id                 = sapio365_app_session.mailboxes.tenant_id
    client_id                 = sapio365_app_session.mailboxes.client_id
    certificate_thumbprint    = sapio365_app_session.mailboxes.certificate_thumbprint
    exchange_powershell_ready = sapio365_app_session.mailboxes.exchange_powershell_ready
  }
}
