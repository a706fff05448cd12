terraform {
  required_version = ">= 1.11"

  required_providers {
    sapio365 = {
      source = "sapio365/sapio365"
    }
  }
}

variable "tenant_id" {
  type        = string
  description = "The tenant in which the App sessions live."
}

variable "client_id" {
  type        = string
  description = "The application that Terraform signs in as."
}

variable "client_secret" {
  type        = string
  sensitive   = true
  description = "Its client secret."
}

provider "sapio365" {
  tenant_id     = var.tenant_id
  client_id     = var.client_id
  client_secret = var.client_secret
}
