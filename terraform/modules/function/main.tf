# One function of the second generation, and who may call it.

resource "google_cloudfunctions2_function" "this" {
  project  = var.project_id
  name     = var.name
  location = var.region

  build_config {
    runtime         = "python313"
    entry_point     = var.entry_point
    service_account = var.build_service_account

    source {
      storage_source {
        bucket = var.source_object.bucket
        object = var.source_object.object
      }
    }
    # Security fixes of the base image at each deployment, never behind our back.
    on_deploy_update_policy {}
  }

  service_config {
    service_account_email            = var.service_account
    available_memory                 = var.memory
    available_cpu                    = var.cpu
    max_instance_request_concurrency = var.concurrency
    min_instance_count               = var.min_instances
    max_instance_count               = var.max_instances
    timeout_seconds                  = var.timeout_s
    ingress_settings                 = var.public ? "ALLOW_ALL" : "ALLOW_INTERNAL_ONLY"
    all_traffic_on_latest_revision   = true

    environment_variables = merge(var.environment, {
      # functions-framework would take four threads a processor.
      THREADS = tostring(var.concurrency)
    })

    dynamic "secret_environment_variables" {
      for_each = var.secrets
      content {
        key        = secret_environment_variables.key
        project_id = var.project_id
        secret     = secret_environment_variables.value.secret
        version    = secret_environment_variables.value.version
      }
    }
  }
}

resource "google_cloud_run_service_iam_member" "invoker" {
  for_each = var.public ? { everybody = "allUsers" } : var.invokers

  project  = var.project_id
  location = var.region
  service  = google_cloudfunctions2_function.this.name
  role     = "roles/run.invoker"
  member   = each.value

  lifecycle {
    replace_triggered_by = [google_cloudfunctions2_function.this.id]
  }
}
