# Alarms of what people ask: errors, slowness, no answer. docs/operate.md has a heading for each.

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

  notification_channels = local.channels
  documentation {
    content = "See docs/operate.md, `Requests fail`."
  }

  depends_on = [google_project_service.api]
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

  notification_channels = local.channels
  documentation {
    content = "See docs/operate.md, `Requests are slow`."
  }

  depends_on = [google_project_service.api]
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

  depends_on = [google_project_service.api]
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

  notification_channels = local.channels
  documentation {
    content = "See docs/operate.md, `It does not answer`."
  }

  depends_on = [google_project_service.api]
}
