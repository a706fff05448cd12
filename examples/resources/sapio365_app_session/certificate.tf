# A session with a certificate. Exchange Online PowerShell, which sapio365's
# MFA and mailbox features use, asks for one.
resource "sapio365_app_session" "mailboxes" {
  display_name       = "sapio365 - Mailbox administration"
  permission_profile = "read_only"

  permissions = {
    "Microsoft Graph" = {
      application = ["MailboxSettings.ReadWrite"]
    }
    "Office 365 Exchange Online" = {
      application = ["Mailbox.Migration"]
    }
  }

  certificate = {
    # The public certificate only. The private key stays in the certificate
    # store of the machine on which sapio365 runs.
    value = file("${path.module}/certificate.pem")
  }

  exchange_online_powershell = {}
}

# What sapio365 asks for when a session is switched to a certificate.
output "mailboxes_thumbprint" {
  value = sapio365_app_session.mailboxes.certificate_thumbprint
}
