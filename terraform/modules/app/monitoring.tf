# What has to be looked at: docs/operate.md says for each alarm what to do.

locals {
  runbook = "${var.public_url}/docs"

  # Log lines that count; a test keeps them in step with the code.
  log_counts = {
    slots           = "served a slot"
    failed_syncs    = "a sync failed"
    budget_refusals = "refused a request: the budget is spent"
  }

  services = concat([for name in keys(local.functions) : replace(name, "_", "-")], ["voice-ws"])
  on_run   = "resource.type = \"cloud_run_revision\""
}

resource "google_monitoring_notification_channel" "email" {
  for_each = toset(var.alert_emails)

  project      = var.project_id
  display_name = each.value
  type         = "email"
  labels       = { email_address = each.value }
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
}

resource "google_monitoring_alert_policy" "missed_cycles" {
  project      = var.project_id
  display_name = "NEXUS PRO: no tick was served for 5 minutes"
  combiner     = "OR"
  severity     = "CRITICAL"

  conditions {
    display_name = "no slot"
    condition_absent {
      filter   = "${local.on_run} AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.count["slots"].name}\""
      duration = "300s"
      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  notification_channels = [for each in google_monitoring_notification_channel.email : each.name]
  documentation {
    content = "Nothing is synced. See docs/operate.md, `No tick was served`."
  }
}

resource "google_monitoring_alert_policy" "dead_letters" {
  project      = var.project_id
  display_name = "NEXUS PRO: a message could not be delivered"
  combiner     = "OR"
  severity     = "ERROR"

  dynamic "conditions" {
    for_each = google_pubsub_subscription.recovery
    content {
      display_name = conditions.value.name
      condition_threshold {
        filter          = "resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = \"${conditions.value.name}\" AND metric.type = \"pubsub.googleapis.com/subscription/num_undelivered_messages\""
        comparison      = "COMPARISON_GT"
        threshold_value = 0
        duration        = "60s"
        aggregations {
          alignment_period   = "60s"
          per_series_aligner = "ALIGN_MAX"
        }
      }
    }
  }

  notification_channels = [for each in google_monitoring_notification_channel.email : each.name]
  documentation {
    content = "See docs/operate.md, `Dead letters`."
  }
}

resource "google_monitoring_alert_policy" "oldest_unacked" {
  project      = var.project_id
  display_name = "NEXUS PRO: messages wait for more than 10 minutes"
  combiner     = "OR"
  severity     = "WARNING"

  dynamic "conditions" {
    for_each = google_pubsub_subscription.push
    content {
      display_name = conditions.value.name
      condition_threshold {
        filter          = "resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = \"${conditions.value.name}\" AND metric.type = \"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
        comparison      = "COMPARISON_GT"
        threshold_value = 600
        duration        = "300s"
        aggregations {
          alignment_period   = "60s"
          per_series_aligner = "ALIGN_MAX"
        }
      }
    }
  }

  notification_channels = [for each in google_monitoring_notification_channel.email : each.name]
  documentation {
    content = "See docs/operate.md, `Messages wait`."
  }
}

resource "google_monitoring_alert_policy" "server_errors" {
  project      = var.project_id
  display_name = "NEXUS PRO: requests fail"
  combiner     = "OR"
  severity     = "ERROR"

  conditions {
    display_name = "more than 1 in 50"
    condition_threshold {
      filter             = "${local.on_run} AND metric.type = \"run.googleapis.com/request_count\" AND metric.labels.response_code_class = \"5xx\""
      denominator_filter = "${local.on_run} AND metric.type = \"run.googleapis.com/request_count\""
      comparison         = "COMPARISON_GT"
      threshold_value    = 0.02
      duration           = "300s"
      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_RATE"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.label.service_name"]
      }
      denominator_aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_RATE"
        cross_series_reducer = "REDUCE_SUM"
        group_by_fields      = ["resource.label.service_name"]
      }
    }
  }

  notification_channels = [for each in google_monitoring_notification_channel.email : each.name]
  documentation {
    content = "See docs/operate.md, `Requests fail`."
  }
}

resource "google_monitoring_alert_policy" "latency" {
  project      = var.project_id
  display_name = "NEXUS PRO: requests are slow"
  combiner     = "OR"
  severity     = "WARNING"

  conditions {
    display_name = "p95 above 5 s"
    condition_threshold {
      # Long work answers after 20 s by design, WebSockets after an hour.
      filter          = "${local.on_run} AND metric.type = \"run.googleapis.com/request_latencies\" AND (resource.labels.service_name = \"voice\" OR resource.labels.service_name = \"health\")"
      comparison      = "COMPARISON_GT"
      threshold_value = 5000
      duration        = "300s"
      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_PERCENTILE_95"
        cross_series_reducer = "REDUCE_MAX"
        group_by_fields      = ["resource.label.service_name"]
      }
    }
  }

  notification_channels = [for each in google_monitoring_notification_channel.email : each.name]
  documentation {
    content = "See docs/operate.md, `Requests are slow`."
  }
}

resource "google_monitoring_alert_policy" "budget_refusals" {
  project      = var.project_id
  display_name = "NEXUS PRO: Notion's budget of requests is spent again and again"
  combiner     = "OR"
  severity     = "WARNING"

  conditions {
    display_name = "more than 100 refusals in 10 minutes"
    condition_threshold {
      filter          = "${local.on_run} AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.count["budget_refusals"].name}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 100
      duration        = "0s"
      aggregations {
        alignment_period     = "600s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  notification_channels = [for each in google_monitoring_notification_channel.email : each.name]
  documentation {
    content = "See docs/operate.md, `Notion's budget is spent`."
  }
}

resource "google_monitoring_uptime_check_config" "health" {
  project      = var.project_id
  display_name = "NEXUS PRO health"
  timeout      = "10s"
  period       = "60s"

  http_check {
    path         = "/health"
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }

  monitored_resource {
    type = "uptime_url"
    labels = {
      project_id = var.project_id
      host       = trimprefix(var.public_url, "https://")
    }
  }
}

resource "google_monitoring_alert_policy" "uptime" {
  project      = var.project_id
  display_name = "NEXUS PRO does not answer"
  combiner     = "OR"
  severity     = "CRITICAL"

  conditions {
    display_name = "the health page fails from two places"
    condition_threshold {
      filter          = "resource.type = \"uptime_url\" AND metric.type = \"monitoring.googleapis.com/uptime_check/check_passed\" AND metric.labels.check_id = \"${google_monitoring_uptime_check_config.health.uptime_check_id}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "60s"
      aggregations {
        alignment_period     = "120s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.host"]
      }
    }
  }

  notification_channels = [for each in google_monitoring_notification_channel.email : each.name]
  documentation {
    content = "See docs/operate.md, `It does not answer`."
  }
}

resource "google_monitoring_dashboard" "overview" {
  project = var.project_id
  dashboard_json = jsonencode({
    displayName = "NEXUS PRO"
    gridLayout = {
      columns = 2
      widgets = [
        for title, query in {
          "Requests by service" = {
            filter = "${local.on_run} AND metric.type = \"run.googleapis.com/request_count\""
            align  = "ALIGN_RATE"
            reduce = "REDUCE_SUM"
          }
          "Slowest requests by service (p95, ms)" = {
            filter = "${local.on_run} AND metric.type = \"run.googleapis.com/request_latencies\""
            align  = "ALIGN_PERCENTILE_95"
            reduce = "REDUCE_MAX"
          }
          "Instances by service" = {
            filter = "${local.on_run} AND metric.type = \"run.googleapis.com/container/instance_count\""
            align  = "ALIGN_MAX"
            reduce = "REDUCE_SUM"
          }
          "Slots served" = {
            filter = "${local.on_run} AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.count["slots"].name}\""
            align  = "ALIGN_SUM"
            reduce = "REDUCE_SUM"
          }
          "Failed syncs" = {
            filter = "${local.on_run} AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.count["failed_syncs"].name}\""
            align  = "ALIGN_SUM"
            reduce = "REDUCE_SUM"
          }
          "Requests that Notion's budget refused" = {
            filter = "${local.on_run} AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.count["budget_refusals"].name}\""
            align  = "ALIGN_SUM"
            reduce = "REDUCE_SUM"
          }
          } : {
          title = title
          xyChart = {
            dataSets = [{
              timeSeriesQuery = {
                timeSeriesFilter = {
                  filter = query.filter
                  aggregation = {
                    alignmentPeriod    = "60s"
                    perSeriesAligner   = query.align
                    crossSeriesReducer = query.reduce
                    groupByFields      = ["resource.label.service_name"]
                  }
                }
              }
            }]
          }
        }
      ]
    }
  })
}

resource "google_billing_budget" "month" {
  count = var.billing_account == "" ? 0 : 1

  billing_account = var.billing_account
  display_name    = "NEXUS PRO ${var.project_id}"

  budget_filter {
    projects = ["projects/${data.google_project.this.number}"]
  }

  amount {
    specified_amount {
      units = tostring(var.monthly_budget)
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1.0]
    content {
      threshold_percent = threshold_rules.value
    }
  }

  all_updates_rule {
    monitoring_notification_channels = [for each in google_monitoring_notification_channel.email : each.name]
  }
}
