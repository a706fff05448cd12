# Applied once, by a Global Administrator who is signed in with the Azure CLI.

terraform {
  required_providers {
    sapio365 = {
      source = "sapio365/sapio365"
    }
  }
}

variable "pipeline_object_id" {
  type        = string
  description = "Object ID of the service principal that the pipeline signs in as (Enterprise applications, not App registrations)."
}

resource "sapio365_access_roles" "this" {}

resource "sapio365_access_role_assignment" "sessions" {
  access_roles_id = sapio365_access_roles.this.client_id
  role            = "Access App sessions"
  principal_id    = var.pipeline_object_id
}

resource "sapio365_access_role_assignment" "manager" {
  access_roles_id = sapio365_access_roles.this.client_id
  role            = "General Manager"
  principal_id    = var.pipeline_object_id
}
