terraform {
  required_providers {
    sapio365 = {
      source = "sapio365/sapio365"
    }
  }
}

# The registrations to take over. Those that carry the tag of App sessions are
# found without being named.
variable "client_ids" {
  type    = set(string)
  default = []
}

data "sapio365_app_sessions" "all" {
  client_ids      = var.client_ids
  include_consent = true
}

# What is not consented to, and how many credentials each of them has.
output "sessions" {
  value = data.sapio365_app_sessions.all.sessions
}

# terraform output -raw imports > ../sessions/imports.tf
output "imports" {
  value = join("\n", [for s in data.sapio365_app_sessions.all.sessions : <<-EOT
    # ${replace(s.display_name, "\n", " ")}
    import {
      to = sapio365_app_session.session_${s.client_id}
      id = "${s.import_id}"
    }
  EOT
  ])
}
