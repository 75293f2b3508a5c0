"""The loops and the decisions that need the world: they speak to it only through the ports of the core.

May import the core. Third-party libraries, adapters and job types are out of reach.
"""
