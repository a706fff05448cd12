# The App sessions of all customers of a partner, from one provider block.

terraform {
  required_providers {
    sapio365 = {
      source = "sapio365/sapio365"
    }
  }
}

# The partner's application signs in to every customer that has accepted it. Its credential comes from the environment:
# SAPIO365_CLIENT_SECRET, SAPIO365_CLIENT_CERTIFICATE_PATH, or SAPIO365_USE_OIDC. Customers in identities have their own.
provider "sapio365" {
  tenant_id = var.partner_tenant_id
  client_id = var.client_id
  tenants   = var.identities
}

data "sapio365_customers" "directory" {
  count = var.discover ? 1 : 0
}

locals {
  # What each service tier comes with. A customer can change it; see customers.yaml.
  tiers = {
    none = {}
    standard = {
      reporting = { permission_profile = "read_only" }
    }
    premium = {
      reporting      = { permission_profile = "read_only" }
      administration = { permission_profile = "administration" }
      exchange       = { application = ["User.Read.All"], exchange = true }
    }
  }

  # Customers of the partner's directory that the file does not mention.
  discovered = [
    for customer in flatten(data.sapio365_customers.directory[*].customers) : {
      tenant_id = customer.tenant_id
      name      = coalesce(customer.display_name, customer.tenant_id)
      tier      = var.default_tier
    }
    if customer.status == "active" && !contains([for entry in module.input.customers : lower(entry.tenant_id)], customer.tenant_id)
  ]
}

# Refuses what is misspelt in either.
module "input" {
  source = "./modules/input"

  path  = "${path.module}/customers.yaml"
  tiers = local.tiers
}

module "fleet" {
  source = "./modules/fleet"

  customers            = concat(module.input.customers, local.discovered)
  tiers                = module.input.tiers
  exchange_certificate = var.exchange_certificate
  sealed_to            = var.sealed_to
}
