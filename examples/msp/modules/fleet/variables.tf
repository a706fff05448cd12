variable "customers" {
  description = "The customers. sessions changes what the tier comes with: an entry takes the place of the tier's, null takes it away."
  type = list(object({
    tenant_id = string
    name      = string
    tier      = string
    exchange  = optional(bool, false)
    sessions = optional(map(object({
      permission_profile = optional(string)
      application        = optional(set(string), [])
      delegated          = optional(set(string), [])
      exchange           = optional(bool, false)
    })), {})
  }))

  validation {
    condition = length(distinct([for customer in var.customers : lower(customer.tenant_id)])) == length(var.customers)
    error_message = "Listed more than once: ${join("; ", [
      for id, names in { for customer in var.customers : lower(customer.tenant_id) => customer.name... } :
      "tenant ${id} as ${join(" and ", names)}" if length(names) > 1
    ])}. Keep one entry for each tenant."
  }
}

variable "tiers" {
  description = "The sessions that each service tier comes with."
  type = map(map(object({
    permission_profile = optional(string)
    application        = optional(set(string), [])
    delegated          = optional(set(string), [])
    exchange           = optional(bool, false)
  })))
}

variable "exchange_certificate" {
  description = "Public certificate (PEM) of the sessions that use Exchange Online PowerShell."
  type        = string
  default     = null
}

variable "sealed_to" {
  description = "age recipient that client secrets are sealed to."
  type        = string
  default     = null
}
