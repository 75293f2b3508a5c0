"""The forms of a plan's report: text for terminals, JSON for programs, workflow commands and Markdown for GitHub."""
