# Topics and the push subscriptions that we own; what cannot be delivered is kept for a week.

locals {
  tick_job = "sync-ticks"

  # ack_s is also how long the function may take; ticks are worth nothing after a few seconds.
  deliveries = {
    operations = {
      function     = "run_operation"
      ack_s        = 600
      retention    = "604800s"
      max_attempts = 20
    }
    sync-ticks = {
      function     = "sync_tick"
      ack_s        = 90
      retention    = "600s"
      max_attempts = 5
    }
    sync-workspace = {
      function     = "sync_workspace"
      ack_s        = 600
      retention    = "86400s"
      max_attempts = 10
    }
  }

  pubsub_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic" "topic" {
  for_each = local.deliveries

  project = var.project_id
  name    = each.key

  depends_on = [google_project_service.api]
}

resource "google_pubsub_topic" "dead" {
  for_each = local.deliveries

  project = var.project_id
  name    = "${each.key}-dead"

  depends_on = [google_project_service.api]
}

resource "google_pubsub_subscription" "push" {
  for_each = local.deliveries

  project                    = var.project_id
  name                       = "${each.key}-push"
  topic                      = google_pubsub_topic.topic[each.key].id
  ack_deadline_seconds       = each.value.ack_s
  message_retention_duration = each.value.retention

  # Without this a subscription is gone after 31 quiet days.
  expiration_policy {
    ttl = ""
  }

  retry_policy {
    minimum_backoff = "5s"
    maximum_backoff = "120s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead[each.key].id
    max_delivery_attempts = each.value.max_attempts
  }

  push_config {
    # The topic in the path is where functions-framework looks for it.
    push_endpoint = "${module.function[each.value.function].uri}/${google_pubsub_topic.topic[each.key].id}"

    oidc_token {
      service_account_email = google_service_account.push.email
      audience              = module.function[each.value.function].uri
    }
  }

  depends_on = [google_pubsub_topic_iam_member.dead, google_service_account_iam_member.push_token]
}

# Where dead letters wait for a person: docs/operate.md says how they are replayed.
resource "google_pubsub_subscription" "recovery" {
  for_each = local.deliveries

  project                    = var.project_id
  name                       = "${each.key}-dead-recovery"
  topic                      = google_pubsub_topic.dead[each.key].id
  ack_deadline_seconds       = 60
  message_retention_duration = "604800s"
  retain_acked_messages      = false

  expiration_policy {
    ttl = ""
  }
}
