# What a plan of the module says, with a provider that is mocked: nothing is reached, nothing made.

mock_provider "google" {
  mock_data "google_project" {
    defaults = {
      number = "123456789012"
    }
  }
  # Known to the plan for once; all else stays unknown there, as it is in the first real one.
  mock_resource "google_cloud_run_v2_service" {
    override_during = plan
    defaults = {
      uri = "https://voice-ws-abc-uc.a.run.app"
    }
  }
}

variables {
  project_id   = "my-nexus"
  bundles      = "./tests/fixtures/bundles"
  voice_image  = "us-central1-docker.pkg.dev/my-nexus/nexus/voice-ws@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  public_url   = "https://my-nexus.web.app"
  alert_emails = ["me@example.com"]
  secret_versions = {
    assemblyai-api-key = 1
    anthropic-api-key  = 2
    notion-token       = 0
    git-token          = 0
  }
  secret_values = {
    assemblyai-api-key = "a"
    anthropic-api-key  = "b"
  }
}

run "the_whole_product_is_made" {
  command = plan

  assert {
    condition     = toset(keys(module.function)) == toset(["health", "notion", "run_operation", "sync_tick", "sync_workspace", "voice"])
    error_message = "The functions are not those that the product has."
  }

  assert {
    condition     = length(google_service_account.unit) == 7
    error_message = "Not every unit has an account of its own."
  }

  assert {
    condition     = output.voice_url == "wss://voice-ws-abc-uc.a.run.app"
    error_message = "Browsers would not find the voice service."
  }

  assert {
    condition     = alltrue([for each in google_pubsub_subscription.push : length(each.dead_letter_policy) == 1])
    error_message = "A subscription has no dead letters."
  }

  assert {
    condition     = google_firestore_database.state.delete_protection_state == "DELETE_PROTECTION_ENABLED" && google_firestore_database.state.deletion_policy == "ABANDON"
    error_message = "The database can be deleted."
  }

  assert {
    condition     = length(google_firestore_index.composite) == length(jsondecode(file("../../../firestore.indexes.json")).indexes)
    error_message = "Two indexes have one name, so one of them is lost."
  }

  assert {
    condition     = length(google_firestore_field.override) == length(jsondecode(file("../../../firestore.indexes.json")).fieldOverrides)
    error_message = "Two fields have one name, so one of them is lost."
  }

  assert {
    condition     = toset(keys(google_secret_manager_secret.key)) == toset(["assemblyai-api-key", "anthropic-api-key"])
    error_message = "There are secrets without values, or values without secrets."
  }

  assert {
    condition     = toset(keys(google_secret_manager_secret_iam_member.key)) == toset(["run_operation:anthropic-api-key", "voice_ws:anthropic-api-key", "voice_ws:assemblyai-api-key"])
    error_message = "Keys are read by others than those who need them."
  }

  assert {
    condition     = length(google_billing_budget.month) == 0
    error_message = "A budget without an account."
  }
}

run "the_deployments_own_keys_reach_those_who_need_them" {
  command = plan

  variables {
    billing_account = "000000-000000-000000"
    secret_versions = {
      assemblyai-api-key = 1
      anthropic-api-key  = 1
      notion-token       = 1
      git-token          = 1
    }
    secret_values = {
      assemblyai-api-key = "a"
      anthropic-api-key  = "b"
      notion-token       = "c"
      git-token          = "d"
    }
  }

  assert {
    condition = toset([for key in keys(google_secret_manager_secret_iam_member.key) : key if endswith(key, ":notion-token")]) == toset([
      "notion:notion-token", "run_operation:notion-token", "sync_workspace:notion-token"
    ])
    error_message = "Notion's token is read by others than those who need it."
  }

  assert {
    condition     = contains(keys(google_secret_manager_secret_iam_member.key), "voice_ws:git-token")
    error_message = "The voice service cannot read the repository's token."
  }

  assert {
    condition     = length(google_billing_budget.month) == 1
    error_message = "The budget alert is missing."
  }
}

run "an_image_without_its_digest_is_refused" {
  command = plan

  variables {
    voice_image = "us-central1-docker.pkg.dev/my-nexus/nexus/voice-ws:latest"
  }

  expect_failures = [var.voice_image]
}
