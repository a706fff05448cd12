variable "partner_tenant_id" {
  type        = string
  description = "ID of the partner's own tenant."
}

variable "client_id" {
  type        = string
  description = "Client ID of the partner's multi-tenant application."
}

variable "identities" {
  description = "Customers that the partner's application does not sign in to, by tenant ID, with an application of their own."
  type = map(object({
    client_id               = string
    client_secret           = optional(string)
    client_certificate_path = optional(string)
  }))
  default   = {}
  sensitive = true
}

variable "discover" {
  type        = bool
  description = "Whether the active customers of the partner's directory count, beside those of customers.yaml."
  default     = false
}

variable "default_tier" {
  type        = string
  description = "Service tier of customers that only the directory knows."
  default     = "standard"
}

variable "exchange_certificate" {
  type        = string
  description = "Public certificate (PEM) of the sessions that use Exchange Online PowerShell."
  default     = null
}

variable "sealed_to" {
  type        = string
  description = "age recipient that client secrets are sealed to, so that no state holds them in clear."
  default     = null
}
