# One group of customers of a fleet that is kept in many states. All groups share
# the module and the tiers; each has a file of its customers, a state, and a job
# in the pipeline:
#
#   terraform init -backend-config=key=app-sessions/north.tfstate
#   terraform apply -var group=north

terraform {
  required_providers {
    sapio365 = {
      source = "sapio365/sapio365"
    }
  }
}

variable "group" {
  description = "Which of the files in groups/ is applied."
  type        = string

  validation {
    condition = contains([for file in fileset("${path.module}/groups", "*.yaml") : trimsuffix(file, ".yaml")], var.group)
    error_message = "There is no groups/${var.group}.yaml. There are: ${join(", ", [
      for file in fileset("${path.module}/groups", "*.yaml") : trimsuffix(file, ".yaml")
    ])}."
  }
}

# The partner's application signs in to every customer that has accepted it. Who
# it is comes from the environment.
provider "sapio365" {}

locals {
  groups = {
    for file in fileset("${path.module}/groups", "*.yaml") :
    trimsuffix(file, ".yaml") => yamldecode(file("${path.module}/groups/${file}"))
  }

  # A customer in two groups would have two states that both want its sessions.
  listed = flatten([for group, customers in local.groups : [for customer in customers : merge(customer, { group = group })]])
  twice = {
    for id, groups in { for customer in local.listed : lower(customer.tenant_id) => customer.group... } : id => groups
    if length(groups) > 1
  }
}

module "fleet" {
  source = "../msp/modules/fleet"

  customers = local.groups[var.group]
  tiers     = yamldecode(file("${path.module}/tiers.yaml"))
}

output "client_ids" {
  description = "The App sessions of the group, by tenant and then by name."
  value       = { for id, sessions in module.fleet.sessions : id => { for name, session in sessions : name => session.client_id } }

  precondition {
    condition     = length(local.twice) == 0
    error_message = "In more than one group: ${join("; ", [for id, groups in local.twice : "tenant ${id} in ${join(" and ", groups)}"])}."
  }
}
