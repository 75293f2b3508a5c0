"""Migrations, applied at start. Each is written by hand; a test compares their sum with the tables."""
