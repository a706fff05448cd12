# Applied by the pipeline, as often as it likes.

terraform {
  required_providers {
    sapio365 = {
      source = "sapio365/sapio365"
    }
  }
}

resource "sapio365_app_session" "reporting" {
  display_name = "sapio365 reporting"

  permissions = {
    "Microsoft Graph" = {
      application = ["User.Read.All", "Group.Read.All"]
    }
  }
}
