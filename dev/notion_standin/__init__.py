"""Loopback server that speaks Notion's API over an invented workspace, kept in memory."""
