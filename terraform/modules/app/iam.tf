# One account for each unit, with what it calls and nothing else.

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

  # unit → keys of the deployment that it reads
  reads_keys = {
    for unit in local.units : unit => unit == "voice_ws" ? [
      "assemblyai-api-key", "anthropic-api-key", "git-token"
    ] : values(local.functions[unit].secrets)
  }

  # unit → beginnings of the names of workspaces' secrets that it reads
  reads_secrets = {
    notion         = ["notion-", "git-", "push-"]
    run_operation  = ["notion-", "git-"]
    sync_workspace = ["notion-", "git-"]
    voice_ws       = ["git-"]
  }
  every_secret_of_workspaces = join(" || ", [
    for prefix in local.reads_secrets.notion : "${local.secrets_begin}${prefix}\")"
  ])
  secrets_begin = "resource.name.startsWith(\"projects/${data.google_project.this.number}/secrets/"

  # unit → what it asks of the job of ticks
  scheduler_permissions = {
    notion         = ["cloudscheduler.jobs.enable", "cloudscheduler.jobs.get"]
    run_operation  = ["cloudscheduler.jobs.get"]
    sync_workspace = ["cloudscheduler.jobs.get"]
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

resource "google_secret_manager_secret_iam_member" "key" {
  for_each = {
    for pair in flatten([
      for unit, secrets in local.reads_keys : [
        for secret in secrets : { unit = unit, secret = secret } if contains(local.given, secret)
      ]
    ]) : "${pair.unit}:${pair.secret}" => pair
  }

  project   = var.project_id
  secret_id = google_secret_manager_secret.key[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.unit[each.value.unit].member
}

# A condition cannot hold for what does not exist yet, so making secrets is a role of its own.
resource "google_project_iam_custom_role" "secret_maker" {
  project     = var.project_id
  role_id     = "nexusSecretMaker"
  title       = "NEXUS PRO maker of secrets"
  permissions = ["secretmanager.secrets.create"]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_custom_role" "secret_keeper" {
  project = var.project_id
  role_id = "nexusSecretKeeper"
  title   = "NEXUS PRO keeper of workspaces' secrets"
  permissions = [
    "secretmanager.secrets.delete",
    "secretmanager.versions.add",
    "secretmanager.versions.destroy",
    "secretmanager.versions.list",
  ]

  depends_on = [google_project_service.api]
}

resource "google_project_iam_custom_role" "secret_eraser" {
  project     = var.project_id
  role_id     = "nexusSecretEraser"
  title       = "NEXUS PRO eraser of workspaces' secrets"
  permissions = ["secretmanager.secrets.delete"]

  depends_on = [google_project_service.api]
}

# `notion` takes secrets at setup, `run_operation` erases them.
resource "google_project_iam_member" "secret_maker" {
  project = var.project_id
  role    = google_project_iam_custom_role.secret_maker.name
  member  = google_service_account.unit["notion"].member
}

resource "google_project_iam_member" "secret_keeper" {
  project = var.project_id
  role    = google_project_iam_custom_role.secret_keeper.name
  member  = google_service_account.unit["notion"].member

  condition {
    title      = "secrets of workspaces"
    expression = local.every_secret_of_workspaces
  }
}

resource "google_project_iam_member" "secret_eraser" {
  project = var.project_id
  role    = google_project_iam_custom_role.secret_eraser.name
  member  = google_service_account.unit["run_operation"].member

  condition {
    title      = "secrets of workspaces"
    expression = local.every_secret_of_workspaces
  }
}

resource "google_project_iam_member" "secret_reader" {
  for_each = local.reads_secrets

  project = var.project_id
  role    = "roles/secretmanager.secretAccessor"
  member  = google_service_account.unit[each.key].member

  condition {
    title = "secrets of workspaces"
    expression = join(" || ", [
      for prefix in each.value : "${local.secrets_begin}${prefix}\")"
    ])
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
