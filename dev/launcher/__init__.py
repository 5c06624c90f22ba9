"""Starts the whole product on this machine and leaves nothing behind when it stops."""
