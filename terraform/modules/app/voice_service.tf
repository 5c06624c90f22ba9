# The voice service: WebSockets of up to an hour, so an instance is paid for while people speak.

resource "google_cloud_run_v2_service" "voice_ws" {
  project             = var.project_id
  name                = "voice-ws"
  location            = var.region
  ingress             = "INGRESS_TRAFFIC_ALL"
  deletion_protection = var.deletion_protection

  template {
    service_account                  = google_service_account.unit["voice_ws"].email
    timeout                          = "3600s"
    session_affinity                 = true
    max_instance_request_concurrency = var.voice.concurrency

    scaling {
      min_instance_count = var.voice.min_instances
      max_instance_count = var.voice.max_instances
    }

    containers {
      image = var.voice_image

      ports {
        container_port = 8080
      }

      resources {
        limits = {
          cpu    = var.voice.cpu
          memory = var.voice.memory
        }
        cpu_idle          = true
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = {
          NEXUS_PROJECT_ID      = var.project_id
          NEXUS_PUBLIC_URL      = var.public_url
          NEXUS_ALLOWED_ORIGINS = var.public_url
          NEXUS_GIT_HOSTS       = join(",", var.git_hosts)
          NEXUS_MEMBERS         = join(",", var.members)
          NEXUS_GIT_URL         = var.git.url
          NEXUS_GIT_USERNAME    = var.git.username
          NEXUS_TRACES          = tostring(var.traces)

          NEXUS_DAILY_AUDIO_S     = tostring(var.daily_limits.audio_s)
          NEXUS_DAILY_MODEL_CALLS = tostring(var.daily_limits.model_calls)
        }
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = merge(
          {
            ASSEMBLYAI_API_KEY = "assemblyai-api-key"
            ANTHROPIC_API_KEY  = "anthropic-api-key"
          },
          local.secrets_given["git-token"] ? { NEXUS_GIT_TOKEN = "git-token" } : {},
        )
        content {
          name = env.key
          value_source {
            secret_key_ref {
              secret  = google_secret_manager_secret.key[env.value].secret_id
              version = google_secret_manager_secret_version.key[env.value].version
            }
          }
        }
      }

      # The port is open before the application is there, so it alone would tell nothing.
      startup_probe {
        period_seconds    = 3
        timeout_seconds   = 3
        failure_threshold = 20
        http_get {
          path = "/healthz"
        }
      }

      liveness_probe {
        period_seconds    = 30
        timeout_seconds   = 5
        failure_threshold = 3
        http_get {
          path = "/healthz"
        }
      }
    }
  }

  depends_on = [google_secret_manager_secret_iam_member.key]
}

# Who speaks is checked by the service itself, from the token in the handshake.
resource "google_cloud_run_v2_service_iam_member" "voice_ws_public" {
  project  = var.project_id
  location = var.region
  name     = google_cloud_run_v2_service.voice_ws.name
  role     = "roles/run.invoker"
  member   = "allUsers"
}
