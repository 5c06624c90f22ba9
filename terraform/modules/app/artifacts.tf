# What is deployed: bundles under names that hold their hash, and the container's registry.

resource "google_storage_bucket" "bundles" {
  project                     = var.project_id
  name                        = "${var.project_id}-nexus-bundles"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  versioning {
    enabled = true
  }

  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 90
    }
    action {
      type = "Delete"
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_storage_bucket_object" "bundle" {
  for_each = toset(["voice", "health", "notion"])

  bucket = google_storage_bucket.bundles.name
  # The hash in the name is what makes a change a new deployment, and nothing else one.
  name   = "${each.value}-${local.manifest[each.value]}.zip"
  source = "${var.bundles}/${each.value}.zip"
}

resource "google_artifact_registry_repository" "images" {
  project       = var.project_id
  location      = var.region
  repository_id = "nexus"
  format        = "DOCKER"

  docker_config {
    immutable_tags = true
  }

  # The registry does not know which image runs, and a running service fetches its image again for each
  # new instance. So what has a tag stays: a few cents a month for each, and any of them can be run again.
  cleanup_policies {
    id     = "delete-what-has-no-tag"
    action = "DELETE"
    condition {
      tag_state  = "UNTAGGED"
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.api]
}

locals {
  manifest = jsondecode(file("${var.bundles}/manifest.json"))
}
