"""Loopback server that speaks Anthropic's Messages API, answered by rules or by a script."""
