"""One module per technology, each behind a port of the core.

May import the core and the one library in the module's name; never each other, control, api or settings.
"""
