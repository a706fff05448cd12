# Applied by the pipeline, as often as it likes.

resource "sapio365_app_session" "reporting" {
  display_name = "sapio365 reporting"

  permissions = {
    "Microsoft Graph" = {
      application = ["User.Read.All", "Group.Read.All"]
    }
  }
}
