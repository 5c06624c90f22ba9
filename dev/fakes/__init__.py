"""Fakes: implementations of the ports that live in the process, for tests."""
