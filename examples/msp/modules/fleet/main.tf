terraform {
  required_providers {
    sapio365 = {
      source = "sapio365/sapio365"
    }
  }
}

locals {
  # Entries of the customer take the place of those of its tier.
  baselines = {
    for customer in var.customers : lower(customer.tenant_id) => merge(lookup(var.tiers, customer.tier, {}), customer.sessions)
  }

  sessions = merge([
    for customer in var.customers : {
      for name, session in local.baselines[lower(customer.tenant_id)] :
      "${lower(customer.tenant_id)}/${name}" => merge(session, { tenant_id = lower(customer.tenant_id), name = name })
      if session == null ? false : customer.exchange || !session.exchange
    }
  ]...)
}

resource "sapio365_app_session" "this" {
  for_each = local.sessions

  tenant_id          = each.value.tenant_id
  display_name       = "sapio365 ${each.value.name}"
  permission_profile = each.value.permission_profile

  permissions = length(each.value.application) + length(each.value.delegated) == 0 ? null : {
    "Microsoft Graph" = {
      application = each.value.application
      delegated   = each.value.delegated
    }
  }

  client_secret              = each.value.exchange ? null : { sealed_to = var.sealed_to }
  certificate                = each.value.exchange ? { value = var.exchange_certificate } : null
  exchange_online_powershell = each.value.exchange ? {} : null

  lifecycle {
    precondition {
      condition     = !each.value.exchange || var.exchange_certificate != null
      error_message = "The session ${each.value.name} of the customer ${each.value.tenant_id} uses Exchange Online PowerShell: set exchange_certificate."
    }
  }
}
