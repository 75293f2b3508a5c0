"""Guards: what keeps a change back although the files want it, until a person confirms it or its time has come.

One module per guard, each pure. A guard names jobs and reasons; the planner keeps these jobs as they were applied last.
"""
