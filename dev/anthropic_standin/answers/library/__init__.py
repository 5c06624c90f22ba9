"""Working code that the rules hand out: one file per theme and language."""
