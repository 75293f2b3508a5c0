"""Run by alembic: migrates on the connection, and in the transaction, that ``SqlDatabase.migrate`` opened."""

from alembic import context

from tasks_service.adapters.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
