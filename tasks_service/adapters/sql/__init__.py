"""The SQL stores.

May import the core and SQLAlchemy with alembic.
"""
