# The tick: once a minute, the most that Cloud Scheduler does; the dispatcher divides the minute.
resource "google_cloud_scheduler_job" "tick" {
  project   = var.project_id
  region    = var.region
  name      = local.tick_job
  schedule  = "* * * * *"
  time_zone = "Etc/UTC"

  pubsub_target {
    topic_name = google_pubsub_topic.topic["sync-ticks"].id
    data       = base64encode("{}")
  }

  retry_config {
    retry_count = 1
  }
}

locals {
  # unit → what it asks of the job of ticks
  scheduler_permissions = {
    notion         = ["cloudscheduler.jobs.enable", "cloudscheduler.jobs.get"]
    run_operation  = ["cloudscheduler.jobs.get"]
    sync_workspace = ["cloudscheduler.jobs.get"]
  }
}

resource "google_project_iam_custom_role" "scheduler" {
  for_each = local.scheduler_permissions

  project     = var.project_id
  role_id     = "nexusScheduler${replace(title(replace(each.key, "_", " ")), " ", "")}"
  title       = "NEXUS PRO ${each.key}, user of the job of ticks"
  permissions = each.value

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "scheduler" {
  for_each = local.scheduler_permissions

  project = var.project_id
  role    = google_project_iam_custom_role.scheduler[each.key].name
  member  = google_service_account.unit[each.key].member
}
