"""A loopback server that speaks AssemblyAI's streaming protocol and really recognises speech."""
