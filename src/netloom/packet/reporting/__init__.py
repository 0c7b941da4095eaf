"""Reporting: a summary as a page that stands on its own, or as Markdown."""
