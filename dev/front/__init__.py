"""The one port of the local product: passes each request on to the process that answers it."""
