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
    ])}. To end a group, write [] into its file and apply it; then delete the file."
  }
}

# The partner's application signs in to every customer that has accepted it. Who
# it is comes from the environment.
provider "sapio365" {}

locals {
  # What is wrong with the file of another group is said where that one is applied.
  members = flatten([
    for file in fileset("${path.module}/groups", "*.yaml") : try([
      for customer in yamldecode(file("${path.module}/groups/${file}")) :
      { id = try(lower(customer.tenant_id), ""), group = trimsuffix(file, ".yaml") }
    ], [])
  ])

  # A customer in two groups would have two states that both want its sessions.
  twice = {
    for id, groups in { for member in local.members : member.id => member.group... } : id => distinct(groups)
    if id != "" && length(distinct(groups)) > 1
  }
}

# Refuses what is misspelt in either.
module "input" {
  source = "../msp/modules/input"

  path  = "${path.module}/groups/${var.group}.yaml"
  tiers = yamldecode(file("${path.module}/tiers.yaml"))
}

module "fleet" {
  source = "../msp/modules/fleet"

  customers = module.input.customers
  tiers     = module.input.tiers
}

output "client_ids" {
  description = "The App sessions of the group, by tenant and then by name."
  value       = { for id, sessions in module.fleet.sessions : id => { for name, session in sessions : name => session.client_id } }

  precondition {
    condition     = length(local.twice) == 0
    error_message = "In more than one group: ${join("; ", [for id, groups in local.twice : "tenant ${id} in ${join(" and ", groups)}"])}."
  }
}
