# One account for each unit, with the roles on the project that it needs and nothing else. What it may
# do with one thing stands beside that thing: pubsub_iam.tf, secrets.tf, workspace_secrets.tf, tick.tf.

locals {
  units = toset(concat(keys(local.functions), ["voice_ws"]))

  # unit → roles on the project
  project_roles = {
    voice          = ["roles/datastore.user"]
    health         = ["roles/datastore.viewer"]
    notion         = ["roles/datastore.user"]
    run_operation  = ["roles/datastore.user"]
    sync_tick      = ["roles/datastore.viewer"]
    sync_workspace = ["roles/datastore.user"]
    voice_ws       = ["roles/datastore.user"]
  }
}

resource "google_service_account" "unit" {
  for_each = local.units

  project      = var.project_id
  account_id   = "nexus-${replace(each.value, "_", "-")}"
  display_name = "NEXUS PRO ${each.value}"

  depends_on = [google_project_service.api]
}

resource "google_service_account" "push" {
  project      = var.project_id
  account_id   = "nexus-push"
  display_name = "NEXUS PRO deliveries of Pub/Sub"

  depends_on = [google_project_service.api]
}

resource "google_service_account" "build" {
  project      = var.project_id
  account_id   = "nexus-build"
  display_name = "NEXUS PRO builds"

  depends_on = [google_project_service.api]
}

resource "google_project_iam_member" "build" {
  for_each = toset([
    "roles/artifactregistry.writer", "roles/logging.logWriter", "roles/storage.objectViewer"
  ])

  project = var.project_id
  role    = each.value
  member  = google_service_account.build.member
}

# And every unit writes its spans.
resource "google_project_iam_member" "unit" {
  for_each = {
    for pair in flatten([
      for unit, roles in local.project_roles : [
        for role in concat(roles, ["roles/telemetry.tracesWriter"]) : { unit = unit, role = role }
      ]
    ]) : "${pair.unit}:${pair.role}" => pair
  }

  project = var.project_id
  role    = each.value.role
  member  = google_service_account.unit[each.value.unit].member
}
