data "sapio365_customers" "all" {}

# Those that the partner may administer today, by tenant ID.
output "administered" {
  value = {
    for customer in data.sapio365_customers.all.customers : customer.tenant_id => customer.display_name
    if customer.status == "active"
  }
}

# Those with whom there is a contract and no delegated admin relationship in force.
output "without_relationship" {
  value = [for customer in data.sapio365_customers.all.customers : customer.display_name if customer.relationship == "contract"]
}
