data "sapio365_app_sessions" "expiring" {
  expiring_within_days = 30
}

# Fails no plan: it shows as a warning.
check "credentials" {
  assert {
    condition     = length(data.sapio365_app_sessions.expiring.sessions) == 0
    error_message = "Expiring: ${join(", ", data.sapio365_app_sessions.expiring.sessions[*].display_name)}"
  }
}

data "sapio365_app_sessions" "all" {
  include_consent = true
}

output "unfinished" {
  value = [for s in data.sapio365_app_sessions.all.sessions : s.display_name if s.provisioning]
}

output "without_consent" {
  value = { for s in data.sapio365_app_sessions.all.sessions : s.client_id => s.missing_consents if length(s.missing_consents) > 0 }
}

# Import blocks for all of them.
output "imports" {
  value = join("\n", [for s in data.sapio365_app_sessions.all.sessions : <<-EOT
    import {
      to = sapio365_app_session.session_${s.client_id}
      id = "${s.import_id}"
    }
  EOT
  ])
}
