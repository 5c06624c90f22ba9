"""The built-in answers: rules that write small, working code for ordinary spoken requests."""
