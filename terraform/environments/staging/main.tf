# The staging environment: one call of the module, and where its state is kept.

terraform {
  required_version = ">= 1.11"

  # `terraform init -backend-config=bucket=…`: the bucket belongs to the project, see docs/deploy.md.
  backend "gcs" {
    prefix = "nexus-pro/staging"
  }

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "7.45.0"
    }
  }
}

provider "google" {
  project               = var.project_id
  region                = var.region
  user_project_override = true
  billing_project       = var.project_id
}

module "app" {
  source = "../../modules/app"

  project_id              = var.project_id
  region                  = var.region
  firestore_location      = var.firestore_location
  bundles                 = abspath("${path.root}/../../../build")
  voice_image             = var.voice_image
  public_url              = var.public_url
  secret_versions         = var.secret_versions
  secret_values           = var.secret_values
  notion_docs_db_id       = var.notion_docs_db_id
  notion_requests_per_min = var.notion_requests_per_min
  git                     = var.git
  git_hosts               = var.git_hosts
  members                 = var.members
  daily_limits            = var.daily_limits
  alert_emails            = var.alert_emails
  billing_account         = var.billing_account
  monthly_budget          = var.monthly_budget
  voice                   = var.voice
  max_instances           = var.max_instances

  # Nobody waits here, so everything is traced, and may be thrown away with the project.
  traces              = 1
  deletion_protection = false
}

output "functions" {
  value = module.app.functions
}

output "voice_url" {
  value = module.app.voice_url
}

output "images" {
  value = module.app.images
}
