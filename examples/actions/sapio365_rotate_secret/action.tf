resource "sapio365_app_session" "reports" {
  display_name       = "sapio365 - Nightly reports"
  permission_profile = "read_only"
}

# terraform apply -invoke=action.sapio365_rotate_secret.reports
# terraform apply
action "sapio365_rotate_secret" "reports" {
  config {
    client_id = sapio365_app_session.reports.client_id
  }
}

# After an incident: nobody signs in with the present secret any more, from now
# on until the next apply.
action "sapio365_rotate_secret" "reports_leaked" {
  config {
    client_id  = sapio365_app_session.reports.client_id
    revoke_now = true
  }
}
