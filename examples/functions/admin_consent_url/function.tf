# For the administrator of a customer's tenant, who has to accept the
# application there before the provider can sign in.
output "consent_page" {
  value = provider::sapio365::admin_consent_url(
    "8ba3c1f0-3c5d-4f0e-9a8c-2f6f0d3b7e11", # the customer's tenant
    "5d1f0c2e-7b3a-4c8d-9e6f-0a1b2c3d4e5f", # the multi-tenant application
  )
}

output "consent_page_in_china" {
  value = provider::sapio365::admin_consent_url(
    "8ba3c1f0-3c5d-4f0e-9a8c-2f6f0d3b7e11",
    "5d1f0c2e-7b3a-4c8d-9e6f-0a1b2c3d4e5f",
    "china",
  )
}
