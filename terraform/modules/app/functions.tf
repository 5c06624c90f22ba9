# The functions: what each is, as whom it runs, what it is told.

locals {
  # Apart from the functions themselves: it names the voice service, which rests on their accounts.
  common = {
    NEXUS_PROJECT_ID      = var.project_id
    NEXUS_PUBLIC_URL      = var.public_url
    NEXUS_WS_URL          = replace(google_cloud_run_v2_service.voice_ws.uri, "https://", "wss://")
    NEXUS_ALLOWED_ORIGINS = var.public_url
    NEXUS_TRACES          = tostring(var.traces)
  }

  environments = {
    common = local.common
    # Nobody calls it from a browser, and it writes no addresses.
    tick = { for name in ["NEXUS_PROJECT_ID", "NEXUS_TRACES"] : name => local.common[name] }
    notion = merge(local.common, {
      NEXUS_SCHEDULER_LOCATION = var.region
      NEXUS_SCHEDULER_JOB      = local.tick_job
      NEXUS_GIT_HOSTS          = join(",", var.git_hosts)
      NEXUS_MEMBERS            = join(",", var.members)
      NOTION_DOCS_DB_ID        = var.notion_docs_db_id
      NEXUS_GIT_URL            = var.git.url
      NEXUS_GIT_USERNAME       = var.git.username

      NEXUS_DAILY_MODEL_CALLS       = tostring(var.daily_limits.model_calls)
      NEXUS_NOTION_REQUESTS_PER_MIN = tostring(var.notion_requests_per_min)
    })
  }

  # Values of these are only there where somebody gave them.
  notion_secrets = merge(
    local.secrets_given["notion-token"] ? { NOTION_TOKEN = "notion-token" } : {},
    local.secrets_given["git-token"] ? { NEXUS_GIT_TOKEN = "git-token" } : {},
  )

  functions = {
    voice = {
      bundle        = "voice"
      environment   = "common"
      secrets       = {}
      public        = true
      cpu           = "1"
      memory        = "512Mi"
      concurrency   = 32
      max_instances = var.max_instances
      timeout_s     = 60
    }
    health = {
      bundle        = "health"
      environment   = "common"
      secrets       = {}
      public        = true
      cpu           = "1"
      memory        = "512Mi"
      concurrency   = 32
      max_instances = var.max_instances
      timeout_s     = 60
    }
    notion = {
      bundle        = "notion"
      environment   = "notion"
      secrets       = local.notion_secrets
      public        = true
      cpu           = "1"
      memory        = "512Mi"
      concurrency   = 32
      max_instances = var.max_instances
      timeout_s     = 120
    }
    run_operation = {
      bundle        = "notion"
      environment   = "notion"
      secrets       = merge(local.notion_secrets, { ANTHROPIC_API_KEY = "anthropic-api-key" })
      public        = false
      cpu           = "1"
      memory        = "1Gi"
      concurrency   = 4
      max_instances = var.max_instances
      timeout_s     = 540
    }
    sync_workspace = {
      bundle        = "notion"
      environment   = "notion"
      secrets       = local.notion_secrets
      public        = false
      cpu           = "1"
      memory        = "1Gi"
      concurrency   = 8
      max_instances = var.max_instances
      timeout_s     = 540
    }
    # It sleeps most of its minute, so it gets the least there is; one at a time is enough.
    sync_tick = {
      bundle        = "notion"
      environment   = "tick"
      secrets       = {}
      public        = false
      cpu           = "0.167"
      memory        = "256Mi"
      concurrency   = 1
      max_instances = 3
      timeout_s     = 80
    }
  }
}

module "function" {
  source   = "../function"
  for_each = local.functions

  project_id            = var.project_id
  region                = var.region
  name                  = replace(each.key, "_", "-")
  entry_point           = each.key
  service_account       = google_service_account.unit[each.key].email
  build_service_account = google_service_account.build.name
  environment           = local.environments[each.value.environment]
  public                = each.value.public
  invokers              = { push = google_service_account.push.member }
  cpu                   = each.value.cpu
  memory                = each.value.memory
  concurrency           = each.value.concurrency
  min_instances         = each.value.public ? var.min_instances : 0
  max_instances         = each.value.max_instances
  timeout_s             = each.value.timeout_s

  source_object = {
    bucket = google_storage_bucket.bundles.name
    object = google_storage_bucket_object.bundle[each.value.bundle].name
  }

  secrets = {
    for variable, secret in each.value.secrets : variable => {
      secret  = google_secret_manager_secret.key[secret].secret_id
      version = google_secret_manager_secret_version.key[secret].version
    }
  }

  depends_on = [
    google_project_iam_member.build,
    google_secret_manager_secret_iam_member.key,
  ]
}
