resource "sapio365_app_session" "hybrid" {
  display_name = "sapio365 hybrid administration"

  permissions = {
    "Microsoft Graph" = {
      application = ["User.Read.All", "Group.Read.All"]
    }
  }
}

resource "sapio365_app_session_onprem" "hybrid" {
  app_session_id = sapio365_app_session.hybrid.client_id

  domain_connections = [
    {
      domain               = "corp.contoso.com"
      username             = "CORP\\svc-sapio365"
      credential_secret_id = "https://contoso.vault.azure.net/secrets/svc-sapio365"
    },
    {
      domain            = "emea.corp.contoso.com"
      domain_controller = "dc1.emea.corp.contoso.com"
    },
  ]

  entra_connect_server = "sync01.corp.contoso.com"
  use_consistency_guid = true
}
