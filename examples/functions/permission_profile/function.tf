locals {
  profile = provider::sapio365::permission_profile("read_only")["Microsoft Graph"]
}

# The profile without mail, and with one permission more.
resource "sapio365_app_session" "directory" {
  display_name = "sapio365 - Directory reports"

  permissions = {
    "Microsoft Graph" = {
      application = setunion(
        setsubtract(local.profile.application, ["Mail.Read", "MailboxSettings.Read"]),
        ["ServiceHealth.Read.All"],
      )
      delegated = local.profile.delegated
    }
  }
}
