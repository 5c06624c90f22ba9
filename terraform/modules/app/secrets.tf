# The deployment's own keys. Values are write-only: in no state and no plan. Those of workspaces are
# made by the program under other names; see iam.tf.

locals {
  secret_ids = toset(keys(var.secret_versions))

  # Version 0 says that there is no such key.
  secrets_given = { for id in local.secret_ids : id => var.secret_versions[id] > 0 }
  given         = toset([for id, given in local.secrets_given : id if given])
}

resource "google_secret_manager_secret" "key" {
  for_each = local.given

  project   = var.project_id
  secret_id = "nexus-${each.value}"

  replication {
    auto {}
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
