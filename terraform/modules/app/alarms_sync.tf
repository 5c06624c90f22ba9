# Alarms of the sync: ticks, deliveries, Notion's budget. docs/operate.md has a heading for each.

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

  notification_channels = local.channels
  documentation {
    content = "Nothing is synced. See docs/operate.md, `No tick was served`."
  }

  depends_on = [google_project_service.api]
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

  notification_channels = local.channels
  documentation {
    content = "See docs/operate.md, `Dead letters`."
  }

  depends_on = [google_project_service.api]
}

resource "google_monitoring_alert_policy" "oldest_unacked" {
  project      = var.project_id
  display_name = "NEXUS PRO: messages wait for more than 10 minutes"
  combiner     = "OR"
  severity     = "WARNING"

  dynamic "conditions" {
    # Ticks are thrown away at that age: whether they come is what `missed_cycles` looks at.
    for_each = { for name, each in google_pubsub_subscription.push : name => each if name != "sync-ticks" }
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

  notification_channels = local.channels
  documentation {
    content = "See docs/operate.md, `Messages wait`."
  }

  depends_on = [google_project_service.api]
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

  notification_channels = local.channels
  documentation {
    content = "See docs/operate.md, `Notion's budget is spent`."
  }

  depends_on = [google_project_service.api]
}
