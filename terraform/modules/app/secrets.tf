# The deployment's own keys. Values are write-only: in no state and no plan. Those of workspaces are
# made by the program under other names; see workspace_secrets.tf.

locals {
  secret_ids = toset(keys(var.secret_versions))

  # Version 0 says that there is no such key.
  secrets_given = { for id in local.secret_ids : id => var.secret_versions[id] > 0 }
  given         = toset([for id, given in local.secrets_given : id if given])

  # unit → keys of the deployment that it reads
  reads_keys = {
    for unit in local.units : unit => unit == "voice_ws" ? [
      "assemblyai-api-key", "anthropic-api-key", "git-token"
    ] : values(local.functions[unit].secrets)
  }
}

resource "google_secret_manager_secret" "key" {
  for_each = local.given

  project   = var.project_id
  secret_id = "nexus-${each.value}"

  replication {
    auto {}
  }

  # docs/operate.md, "Take a key away", has the way past this.
  lifecycle {
    prevent_destroy = true
  }

  depends_on = [google_project_service.api]
}

resource "google_secret_manager_secret_version" "key" {
  for_each = local.given

  secret                 = google_secret_manager_secret.key[each.value].id
  secret_data_wo         = var.secret_values[each.value]
  secret_data_wo_version = var.secret_versions[each.value]
  # A running instance reads its version at its start: the old one stays until it is destroyed by hand.
  deletion_policy = "ABANDON"
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
