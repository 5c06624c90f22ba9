# What has to be looked at: docs/operate.md says for each alarm what to do.

locals {
  # Log lines that count; a test keeps them in step with the code.
  log_counts = {
    slots           = "served a slot"
    failed_syncs    = "a sync failed"
    budget_refusals = "refused a request: the budget is spent"
  }

  on_run   = "resource.type = \"cloud_run_revision\""
  channels = [for each in google_monitoring_notification_channel.email : each.name]
}

resource "google_monitoring_notification_channel" "email" {
  for_each = toset(var.alert_emails)

  project      = var.project_id
  display_name = each.value
  type         = "email"
  labels       = { email_address = each.value }

  depends_on = [google_project_service.api]
}

resource "google_logging_metric" "count" {
  for_each = local.log_counts

  project = var.project_id
  name    = "nexus/${each.key}"
  filter  = "${local.on_run} AND jsonPayload.message = \"${each.value}\""

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
  }

  depends_on = [google_project_service.api]
}
