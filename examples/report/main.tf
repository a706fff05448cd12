# One page about the App sessions of all tenants, and a check that fails a
# pipeline in good time:
#
#   terraform apply -auto-approve
#   terraform output -raw page > report.html
#   terraform show -json | jq -es '[.[].checks[]?.status] | length > 0 and all(. == "pass")'

terraform {
  required_providers {
    sapio365 = {
      source = "sapio365/sapio365"
    }
  }
}

variable "tenants" {
  description = "The tenants to report on: tenant ID => name of the customer."
  type        = map(string)
}

# Sessions that this provider has made carry a tag, by which they are found. An
# import adds none: it comes with the first change of the session.
variable "adopted" {
  description = "App sessions to report on that may carry no tag yet: tenant ID => client IDs."
  type        = map(set(string))
  default     = {}
}

variable "expiring_within_days" {
  description = "From how many days before its end on a credential counts as expiring."
  type        = number
  default     = 30
}

# A tenant of a customer that cannot be signed in to stops none of the others:
# its sessions are null, and a warning says why.
data "sapio365_app_sessions" "of" {
  for_each        = var.tenants
  tenant_id       = each.key
  client_ids      = try(var.adopted[each.key], [])
  include_consent = true
}

locals {
  now     = plantimestamp()
  horizon = timeadd(local.now, "${24 * var.expiring_within_days}h")

  unreachable = [for id, name in var.tenants : "${name} (${id})" if data.sapio365_app_sessions.of[id].sessions == null]

  listed = flatten([
    for id, name in var.tenants : [
      for s in data.sapio365_app_sessions.of[id].sessions : {
        customer  = name
        tenant_id = id
        name      = s.display_name
        client_id = s.client_id
        signs_in  = s.authentication == null ? "no credential" : replace(s.authentication, "_", " ")
        expires   = s.credential_expires_at == null ? "" : s.credential_expires_at
        missing   = s.missing_consents == null ? [] : s.missing_consents
        broken    = s.provisioning
        unmanaged = s.unmanaged_credentials
      }
    ] if data.sapio365_app_sessions.of[id].sessions != null
  ])

  # By the end of their credentials: a map is walked through in the order of its keys.
  sessions = values({ for s in local.listed : "${s.expires} ${s.customer} ${s.name} ${s.client_id}" => s })

  expired    = [for s in local.sessions : s if try(timecmp(s.expires, local.now) <= 0, false)]
  expiring   = [for s in local.sessions : s if try(timecmp(s.expires, local.now) > 0 && timecmp(s.expires, local.horizon) <= 0, false)]
  without    = [for s in local.sessions : s if s.expires == "" && !s.broken]
  missing    = [for s in local.sessions : s if length(s.missing) > 0]
  unfinished = [for s in local.sessions : s if s.broken]
  unmanaged  = [for s in local.sessions : s if s.unmanaged > 0]
}

# Shows as a warning, and as a failed check in "terraform show -json".
check "credentials" {
  assert {
    condition = length(local.expired) + length(local.expiring) == 0
    error_message = "Credentials that have ended or end within ${var.expiring_within_days} days: ${join("; ", [
      for s in concat(local.expired, local.expiring) : "${s.customer}, ${s.name}: ${s.expires}"
    ])}"
  }
}

check "without_credential" {
  assert {
    condition     = length(local.without) == 0
    error_message = "App sessions without any credential: ${join("; ", [for s in local.without : "${s.customer}, ${s.name}"])}"
  }
}

check "consent" {
  assert {
    condition     = length(local.missing) == 0
    error_message = "Permissions without consent: ${join("; ", [for s in local.missing : "${s.customer}, ${s.name}: ${join(", ", s.missing)}"])}"
  }
}

check "unfinished" {
  assert {
    condition     = length(local.unfinished) == 0
    error_message = "Unfinished App sessions, whose resources are to be applied again: ${join("; ", [for s in local.unfinished : "${s.customer}, ${s.name}"])}"
  }
}

check "reachable" {
  assert {
    condition     = length(local.unreachable) == 0
    error_message = "Tenants that could not be read: ${join("; ", local.unreachable)}"
  }
}

locals {
  # What the page shows, the most urgent first. The last column is what the section is about.
  sections = [
    { title = "Credential has ended", level = "bad", about = "Ended", of = local.expired, cell = { for s in local.expired : s.client_id => substr(s.expires, 0, 10) } },
    { title = "Ends within ${var.expiring_within_days} days", level = "warn", about = "Ends", of = local.expiring, cell = { for s in local.expiring : s.client_id => substr(s.expires, 0, 10) } },
    { title = "Without a credential", level = "bad", about = "Signs in with", of = local.without, cell = { for s in local.without : s.client_id => s.signs_in } },
    { title = "Consent is missing", level = "warn", about = "Permissions", of = local.missing, cell = { for s in local.missing : s.client_id => join(", ", s.missing) } },
    { title = "Unfinished", level = "bad", about = "To do", of = local.unfinished, cell = { for s in local.unfinished : s.client_id => "apply its resource again" } },
    { title = "Unmanaged credentials", level = "note", about = "Number", of = local.unmanaged, cell = { for s in local.unmanaged : s.client_id => tostring(s.unmanaged) } },
    { title = "All App sessions", level = "all", about = "Ends", of = local.sessions, cell = { for s in local.sessions : s.client_id => s.expires == "" ? "" : substr(s.expires, 0, 10) } },
  ]
}

output "page" {
  description = "The report as one HTML page."
  value = templatefile("${path.module}/page.html.tftpl", {
    date        = formatdate("D MMMM YYYY", local.now)
    customers   = length(var.tenants)
    sections    = local.sections
    unreachable = local.unreachable
  })

  precondition {
    condition     = length(setsubtract(keys(var.adopted), keys(var.tenants))) == 0
    error_message = "adopted has tenants that tenants does not have: ${join(", ", setsubtract(keys(var.adopted), keys(var.tenants)))}."
  }
}
