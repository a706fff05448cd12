# By client ID, in the provider's tenant
terraform import sapio365_access_roles.this 7c1b0f7e-3d5c-4a0a-9a2e-6d1c0b8f4e21

# By tenant and client ID
terraform import sapio365_access_roles.this 9d2c1a75-0d0e-4b6e-8a53-5d1f2c3b4a10/7c1b0f7e-3d5c-4a0a-9a2e-6d1c0b8f4e21
