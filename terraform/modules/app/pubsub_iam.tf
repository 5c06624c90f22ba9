# Who publishes to which topic, and what Pub/Sub itself may do.

locals {
  # unit → topics that it publishes to
  publishes = {
    voice          = ["operations"]
    health         = []
    notion         = ["operations", "sync-workspace"]
    run_operation  = ["operations", "sync-workspace"]
    sync_tick      = ["sync-workspace"]
    sync_workspace = ["operations", "sync-workspace"]
    voice_ws       = []
  }
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = {
    for pair in flatten([
      for unit, topics in local.publishes : [for topic in topics : { unit = unit, topic = topic }]
    ]) : "${pair.unit}:${pair.topic}" => pair
  }

  project = var.project_id
  topic   = google_pubsub_topic.topic[each.value.topic].name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.unit[each.value.unit].member
}

# Pub/Sub itself forwards dead letters and signs the tokens of pushes.
resource "google_pubsub_topic_iam_member" "dead" {
  for_each = local.deliveries

  project = var.project_id
  topic   = google_pubsub_topic.dead[each.key].name
  role    = "roles/pubsub.publisher"
  member  = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "forward" {
  for_each = local.deliveries

  project      = var.project_id
  subscription = google_pubsub_subscription.push[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

resource "google_service_account_iam_member" "push_token" {
  service_account_id = google_service_account.push.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.pubsub_agent

  # Pub/Sub's own account is there once its first topic is.
  depends_on = [google_pubsub_topic.topic]
}
