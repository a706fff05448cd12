terraform {
  required_providers {
    sapio365 = {
      source = "sapio365/sapio365"
    }
  }
}

variable "customer" {
  type = string
}

variable "permissions" {
  type    = set(string)
  default = ["User.Read.All"]
}

resource "sapio365_app_session" "this" {
  display_name = "sapio365 - ${var.customer}"

  permissions = {
    "Microsoft Graph" = { application = var.permissions }
  }
}

output "client_id" {
  value = sapio365_app_session.this.client_id
}
