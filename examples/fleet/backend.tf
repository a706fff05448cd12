# Where the states are. The key, which differs by group, is given to init.
terraform {
  backend "azurerm" {
    resource_group_name  = "terraform"
    storage_account_name = "partnerstates"
    container_name       = "states"
    use_oidc             = true
    use_azuread_auth     = true
  }
}
