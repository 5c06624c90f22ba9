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

  depends_on = [google_project_service.api]
}
