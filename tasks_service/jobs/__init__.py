"""The job types, one file each: the file's name is the type's name.

May import the core and whatever the job itself needs; nothing else of the service.
"""
