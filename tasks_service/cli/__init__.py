"""The command line: one module per command. Composition happens in ``app``."""
