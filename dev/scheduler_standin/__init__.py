"""Loopback server that speaks Cloud Scheduler's gRPC protocol and fires into Pub/Sub."""
