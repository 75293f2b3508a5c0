"""The report of a plan: what it changes, field by field, and what that means in time. Pure.

``side`` is a job before or after; ``fire_change``, ``today``, ``clock_dates`` and ``load`` look at one aspect of a
change each, ``reasons`` says why; ``job_change`` and ``report`` are what people are told, ``drafting`` makes it, and
``sentences`` puts it into words.
"""
