variable "helpdesk_group_id" {
  description = "Object ID of the group whose members work with App sessions."
  type        = string
}

resource "sapio365_access_roles" "this" {}

# The direct members of a group.
resource "sapio365_access_role_assignment" "helpdesk" {
  access_roles_id = sapio365_access_roles.this.id
  role            = "Access App sessions"
  principal_id    = var.helpdesk_group_id
}

# A pipeline, by the service principal of its App session.
resource "sapio365_app_session" "pipeline" {
  display_name       = "sapio365 - Pipeline"
  permission_profile = "read_only"
}

resource "sapio365_access_role_assignment" "pipeline" {
  access_roles_id = sapio365_access_roles.this.id
  role            = "General Manager"
  principal_id    = sapio365_app_session.pipeline.service_principal_id
}

# For an audit: who holds what.
output "access_role_holders" {
  value = [
    for assignment in [sapio365_access_role_assignment.helpdesk, sapio365_access_role_assignment.pipeline] :
    "${assignment.role}: ${assignment.principal_display_name} (${assignment.principal_type})"
  ]
}
