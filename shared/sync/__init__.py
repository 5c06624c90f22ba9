"""The sync engine: Notion's data sources and folders of Markdown files in git, kept equal."""
