output "sessions" {
  description = "The App sessions, by tenant and then by name."
  value       = module.fleet.sessions
}

# A new customer's administrator opens the page once. Customers in identities need none.
output "consent_pages" {
  description = "Where the administrator of each customer accepts the partner's application."
  value = {
    for customer in module.fleet.customers : customer.tenant_id => {
      name = customer.name
      page = provider::sapio365::admin_consent_url(customer.tenant_id, var.client_id)
    }
    if !contains(nonsensitive([for id in keys(var.identities) : lower(id)]), customer.tenant_id)
  }
}
