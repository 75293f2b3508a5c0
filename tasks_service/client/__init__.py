"""The service, as seen from a command line: its REST API over HTTP.

May import core and httpx; commands of ``cli`` are its only users.
"""
