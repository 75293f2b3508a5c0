"""A demonstration that needs nothing but this repository: a stand-in for Slack, and a service that imports from it."""
