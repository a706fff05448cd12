data "sapio365_tenant" "this" {}

# The register of access roles, and the one role that it takes beside being a
# Global Administrator.
resource "sapio365_access_roles" "this" {}

resource "sapio365_access_role_assignment" "me" {
  access_roles_id = sapio365_access_roles.this.id
  role            = "Access App sessions"
  principal_id    = data.sapio365_tenant.this.caller.object_id
}

resource "sapio365_app_session" "reports" {
  display_name = "sapio365 - Nightly reports"

  permissions = {
    "Microsoft Graph" = {
      application = ["AuditLog.Read.All", "Reports.Read.All", "User.Read.All"]
    }
  }

  depends_on = [sapio365_access_role_assignment.me]
}

output "client_id" {
  value = sapio365_app_session.reports.client_id
}

output "client_secret" {
  value     = sapio365_app_session.reports.client_secret_value
  sensitive = true
}
