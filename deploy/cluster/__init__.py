"""A whole installation as plain processes on one machine: PostgreSQL, Valkey, replicas and workers."""
