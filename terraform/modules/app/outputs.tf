output "functions" {
  description = "Addresses of the functions."
  value       = { for name, function in module.function : name => function.uri }
}

output "voice_url" {
  description = "Where browsers open their WebSockets."
  value       = replace(google_cloud_run_v2_service.voice_ws.uri, "https://", "wss://")
}

output "images" {
  description = "Where the voice service's image is pushed to."
  value       = "${var.region}-docker.pkg.dev/${var.project_id}/${google_artifact_registry_repository.images.repository_id}"
}
