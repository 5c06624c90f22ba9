"""Notion's two Markdown dialects: from text to block trees and back."""
