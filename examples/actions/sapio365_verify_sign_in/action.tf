resource "sapio365_app_session" "reports" {
  display_name       = "sapio365 - Nightly reports"
  permission_profile = "read_only"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.sapio365_verify_sign_in.reports]
    }
  }
}

# Runs after each change of the session, and on demand:
# terraform apply -invoke=action.sapio365_verify_sign_in.reports
action "sapio365_verify_sign_in" "reports" {
  config {
    client_id     = sapio365_app_session.reports.client_id
    client_secret = sapio365_app_session.reports.client_secret_value
  }
}
