variable "auditors_group_id" {
  description = "Object ID of the group of auditors."
  type        = string
}

# The register is declared elsewhere, for example by the team that owns the tenant.
data "sapio365_access_roles" "this" {}

resource "sapio365_access_role_assignment" "auditors" {
  access_roles_id = data.sapio365_access_roles.this.id
  role            = "Activity Logs Manager"
  principal_id    = var.auditors_group_id
}
