"""The core: pure data, pure functions and the ports.

May import the standard library, pydantic, cronsim and cron-descriptor, and nothing else of this project.
No input or output, no threads, no clock and no environment: time is an argument.
"""
