# A session whose client secret only one key can open. The state, the plan and
# the logs hold nothing but the encrypted text.
resource "sapio365_app_session" "nightly" {
  display_name       = "sapio365 - Nightly jobs"
  permission_profile = "read_only"

  client_secret = {
    valid_days         = 180
    rotate_before_days = 30 # from then on, any apply makes the next secret
    overlap_days       = 7  # for which the one before it stays

    # Of the machine that stores the secret in a vault: age-keygen -y key.txt
    sealed_to = "age1pqtzyq8fs6jstj5mma4q2dpmntc5qstkav9dxflxzq4uff6fa3eqhu0w8p"
  }

  # Be done when the new secret has signed in with all permissions.
  verify_sign_in = true
}

# terraform output -raw nightly_client_secret | age --decrypt --identity key.txt
output "nightly_client_secret" {
  value = sapio365_app_session.nightly.client_secret_sealed
}
