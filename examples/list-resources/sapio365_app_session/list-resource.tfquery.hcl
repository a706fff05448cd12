# terraform query
# terraform query -generate-config-out=sessions.tf
list "sapio365_app_session" "all" {
  provider         = sapio365
  include_resource = true # the contents, for the configuration that Terraform writes
  limit            = 1000
}
