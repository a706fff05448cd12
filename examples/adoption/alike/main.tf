variable "client_ids" {
  type = set(string)
}

data "sapio365_app_sessions" "made_by_hand" {
  client_ids          = var.client_ids
  display_name_prefix = "sapio365 helpdesk"
}

# Sessions that are all alike need one resource only.
import {
  for_each = { for s in data.sapio365_app_sessions.made_by_hand.sessions : s.display_name => s.import_id }
  to       = sapio365_app_session.helpdesk[each.key]
  id       = each.value
}

resource "sapio365_app_session" "helpdesk" {
  for_each     = toset(["sapio365 helpdesk - Jane", "sapio365 helpdesk - John"])
  display_name = each.key

  permissions = {
    "Microsoft Graph" = {
      application = ["User.Read.All"]
    }
  }
}
