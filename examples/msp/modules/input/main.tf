# Reads the customers and looks at what is written. Terraform drops keys that a type does not have, and says nothing: a
# session that "session: { administration: null }" was to take away would be there.

locals {
  text = file(var.path)
  # No line but comments is no YAML document.
  customers = yamldecode(can(regex("(?m)^\\s*[^#\\s]", local.text)) ? local.text : "null")

  # adopted is for the report over a fleet.
  required     = ["tenant_id", "name", "tier"]
  keys         = concat(local.required, ["exchange", "sessions", "adopted"])
  session_keys = ["permission_profile", "application", "delegated", "exchange"]

  # Whoever has neither name nor ID is told by the place in the file.
  who = try([
    for i, customer in concat(local.customers, []) : try(coalesce(tostring(customer.name)), coalesce(tostring(customer.tenant_id)), "entry ${i + 1}")
  ], [])

  of_customers = flatten([
    for i, who in local.who : concat(
      [for key in local.required : "${who} has no ${key}" if !can(coalesce(tostring(local.customers[i][key])))],
      [for key in try(keys(local.customers[i]), []) : "${who} has the unknown key ${key}" if !contains(local.keys, key)],
      [
        for name in try(keys(local.customers[i].sessions), []) : [
          for key in try(keys(local.customers[i].sessions[name]), []) :
          "the session ${name} of ${who} has the unknown key ${key}" if !contains(local.session_keys, key)
        ]
      ],
    )
  ])

  of_tiers = flatten([
    for tier, sessions in var.tiers : [
      for name in try(keys(sessions), []) : [
        for key in try(keys(sessions[name]), []) :
        "the session ${name} of ${tier} has the unknown key ${key}" if !contains(local.session_keys, key)
      ]
    ]
  ])
}
