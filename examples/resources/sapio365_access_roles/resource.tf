# One per tenant. All of sapio365's access roles are declared on it.
resource "sapio365_access_roles" "this" {}

# For a review: the roles and the IDs by which Microsoft Entra ID knows them.
output "access_roles" {
  value = sapio365_access_roles.this.roles
}
