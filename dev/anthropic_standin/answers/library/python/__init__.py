"""Python recipes, written without type hints so that there is something left to ask for."""
