"""A real git server for local work and tests: `git http-backend` with push webhooks."""
