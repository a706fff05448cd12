# By register, principal and role, in the provider's tenant
terraform import sapio365_access_role_assignment.helpdesk '7c1b0f7e-3d5c-4a0a-9a2e-6d1c0b8f4e21/3f6d2b9a-8e4c-4d57-b0a1-2c9e7f5d8a63/Access App sessions'

# The same with the tenant
terraform import sapio365_access_role_assignment.helpdesk '9d2c1a75-0d0e-4b6e-8a53-5d1f2c3b4a10/7c1b0f7e-3d5c-4a0a-9a2e-6d1c0b8f4e21/3f6d2b9a-8e4c-4d57-b0a1-2c9e7f5d8a63/Access App sessions'
