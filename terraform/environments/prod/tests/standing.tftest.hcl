# Production as it stands once everything is made, with a provider that is mocked: nothing is reached,
# nothing made. All that the cloud would tell is known here, so that what names what can be compared.
# tests/integration/test_standing.py judges it.

mock_provider "google" {
  mock_data "google_project" {
    defaults = {
      number = "123456789012"
    }
  }
  mock_resource "google_cloud_run_v2_service" {
    defaults = {
      uri = "https://voice-ws-abc-uc.a.run.app"
    }
  }
}

variables {
  project_id      = "my-nexus"
  voice_image     = "us-central1-docker.pkg.dev/my-nexus/nexus/voice-ws@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  public_url      = "https://my-nexus.web.app"
  alert_emails    = ["me@example.com", "you@example.com"]
  billing_account = "000000-000000-000000"
  monthly_budget  = 70
  # No two are equal, and none is 1, so that a fixed number in a place of theirs is seen.
  secret_versions = {
    assemblyai-api-key = 2
    anthropic-api-key  = 3
    notion-token       = 4
    git-token          = 5
  }
  secret_values = {
    assemblyai-api-key = "a"
    anthropic-api-key  = "b"
    notion-token       = "c"
    git-token          = "d"
  }
}

run "it_stands" {
  command = apply
}
