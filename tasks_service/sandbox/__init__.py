"""The child's side of a run: the zygote, its limits and its confinement.

May import the core and the jobs; never stores, settings or control.
"""
