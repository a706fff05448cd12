# What a pipeline plans and applies: App sessions, and a check for its last step.

terraform {
  required_providers {
    sapio365 = {
      source = "sapio365/sapio365"
    }
  }
}

resource "sapio365_app_session" "jobs" {
  display_name       = "sapio365 jobs"
  permission_profile = "read_only"
}

# Read after the sessions above have been applied: what was due has been rotated by then.
check "credentials" {
  data "sapio365_app_sessions" "expiring" {
    client_ids           = [sapio365_app_session.jobs.client_id] # an imported one has no tag at first
    expiring_within_days = 30
    depends_on           = [sapio365_app_session.jobs]
  }

  assert {
    condition     = length(data.sapio365_app_sessions.expiring.sessions) == 0
    error_message = "Credentials end within 30 days: ${join(", ", data.sapio365_app_sessions.expiring.sessions[*].display_name)}"
  }
}
