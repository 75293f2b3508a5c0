"""Commands that ask a server over HTTP: what it knows, and what people tell it. One file per noun or verb.

May import client and core, and of the service no more than the settings. Of rich and typer, only ``screen`` and
``table`` draw.
"""
