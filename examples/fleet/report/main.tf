# One report over the customers of all groups:
#
#   terraform apply -auto-approve
#   terraform output -raw page > report.html

terraform {
  required_providers {
    sapio365 = {
      source = "sapio365/sapio365"
    }
  }
}

# The partner's application, as in the groups.
provider "sapio365" {}

locals {
  groups    = "${path.module}/../groups"
  customers = flatten([for file in fileset(local.groups, "*.yaml") : yamldecode(file("${local.groups}/${file}"))])
}

module "report" {
  source = "../../report"

  tenants = { for customer in local.customers : customer.tenant_id => customer.name }
  # A customer's entry may list client IDs of imported sessions: adopted: [CLIENT_ID]
  adopted = { for customer in local.customers : customer.tenant_id => try(customer.adopted, []) }
}

output "page" {
  description = "The report as one HTML page."
  value       = module.report.page
}
