"""The rules that manifests are checked by: what each one says, why, and what to do about it.

``catalogue`` holds them all, by id. Their words are written once, here: pages, ``tasks rule`` and reports are made of
them.
"""
