# By the client ID of the App session, in the provider's tenant
terraform import sapio365_app_session_onprem.hybrid 4f0a3c1e-6a52-4f1e-9a3d-8b1b6f0c2d11

# By tenant and client ID
terraform import sapio365_app_session_onprem.hybrid 9d2c1a75-0d0e-4b6e-8a53-5d1f2c3b4a10/4f0a3c1e-6a52-4f1e-9a3d-8b1b6f0c2d11
