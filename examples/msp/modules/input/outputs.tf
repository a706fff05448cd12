output "customers" {
  description = "The customers of the file, as it has them."
  value       = local.customers

  precondition {
    condition     = can(concat(local.customers, []))
    error_message = "${basename(var.path)} is empty or no list of customers. [] stands for nobody."
  }

  precondition {
    condition     = length(local.of_customers) == 0
    error_message = "${basename(var.path)}: ${join("; ", local.of_customers)}. A customer has the keys ${join(", ", local.keys)}; each of its sessions ${join(", ", local.session_keys)}."
  }
}

output "tiers" {
  description = "The tiers, as they were given."
  value       = var.tiers

  precondition {
    condition     = length(local.of_tiers) == 0
    error_message = "Of the tiers: ${join("; ", local.of_tiers)}. A session has the keys ${join(", ", local.session_keys)}."
  }
}
