output "customers" {
  description = "The customers, as far as others need them."
  value       = [for customer in var.customers : { tenant_id = lower(customer.tenant_id), name = customer.name }]

  precondition {
    condition = alltrue([for customer in var.customers : contains(keys(var.tiers), customer.tier)])
    error_message = "No such tier: ${join(", ", [
      for customer in var.customers : "${customer.tier} of ${customer.name}" if !contains(keys(var.tiers), customer.tier)
    ])}. The tiers are ${join(", ", keys(var.tiers))}."
  }
}

output "sessions" {
  description = "The App sessions, by tenant and then by name."
  value = {
    for customer in var.customers : lower(customer.tenant_id) => {
      for name in keys(local.baselines[lower(customer.tenant_id)]) : name => {
        client_id        = sapio365_app_session.this["${lower(customer.tenant_id)}/${name}"].client_id
        missing_consents = sapio365_app_session.this["${lower(customer.tenant_id)}/${name}"].missing_consents
      }
      if contains(keys(local.sessions), "${lower(customer.tenant_id)}/${name}")
    }
  }
}
