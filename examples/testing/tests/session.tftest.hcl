variables {
  customer = "Fabrikam"
}

run "creates" {
  assert {
    condition     = sapio365_app_session.this.display_name == "sapio365 - Fabrikam"
    error_message = "The name does not say whose session it is."
  }

  assert {
    condition     = sapio365_app_session.this.admin_consent_granted
    error_message = "Consent is missing."
  }
}

run "adds_a_permission" {
  variables {
    permissions = ["User.Read.All", "Group.Read.All"]
  }

  assert {
    condition     = length(sapio365_app_session.this.missing_consents) == 0
    error_message = "Consent is missing: ${join(", ", sapio365_app_session.this.missing_consents)}"
  }

  assert {
    condition     = sapio365_app_session.this.client_secret_key_id != null && length(sapio365_app_session.this.retiring_credentials) == 0
    error_message = "A permission must not touch the secret."
  }
}
