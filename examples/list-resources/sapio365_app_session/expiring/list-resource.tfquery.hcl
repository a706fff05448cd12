# Those whose credential ends within a month, by their identity alone.
list "sapio365_app_session" "expiring" {
  provider = sapio365

  config {
    expiring_within_days = 30
  }
}
