# Secrets of workspaces: the program makes them, so their names are all that is known of them here.

locals {
  # unit → beginnings of the names of workspaces' secrets that it reads
  reads_secrets = {
    notion         = ["notion-", "git-", "push-"]
    run_operation  = ["notion-", "git-"]
    sync_workspace = ["notion-", "git-"]
    voice_ws       = ["git-"]
  }

  secrets_begin = "resource.name.startsWith(\"projects/${data.google_project.this.number}/secrets/"
  secrets_of = {
    for unit, prefixes in local.reads_secrets : unit => join(" || ", [
      for prefix in prefixes : "${local.secrets_begin}${prefix}\")"
    ])
  }
  # The token of Notion's webhooks is the deployment's own: `notion` alone has to do with it.
  not_the_webhooks = "!${local.secrets_begin}notion-webhook-token\")"
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
    expression = local.secrets_of.notion
  }
}

resource "google_project_iam_member" "secret_eraser" {
  project = var.project_id
  role    = google_project_iam_custom_role.secret_eraser.name
  member  = google_service_account.unit["run_operation"].member

  condition {
    title      = "secrets of workspaces"
    expression = "(${local.secrets_of.notion}) && ${local.not_the_webhooks}"
  }
}

resource "google_project_iam_member" "secret_reader" {
  for_each = local.reads_secrets

  project = var.project_id
  role    = "roles/secretmanager.secretAccessor"
  member  = google_service_account.unit[each.key].member

  condition {
    title = "secrets of workspaces"
    expression = (
      each.key == "notion" ? local.secrets_of[each.key] : "(${local.secrets_of[each.key]}) && ${local.not_the_webhooks}"
    )
  }
}
