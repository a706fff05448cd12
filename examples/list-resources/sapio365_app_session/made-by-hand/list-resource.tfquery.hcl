# Two registrations that people made in a customer's tenant, and that do not
# carry the tag of App sessions yet.
list "sapio365_app_session" "made_by_hand" {
  provider         = sapio365
  include_resource = true

  config {
    tenant_id           = "9d2c1a75-0d0e-4b6e-8a53-5d1f2c3b4a10"
    display_name_prefix = "sapio365"
    client_ids = [
      "4f0a3c1e-6a52-4f1e-9a3d-8b1b6f0c2d11",
      "7c3e9b52-1d84-4b0a-9f6c-2a5d8e1f4b33",
    ]
  }
}
