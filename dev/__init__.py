"""What pretends or launches for local work and tests; production code never imports it."""
