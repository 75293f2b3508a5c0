"""Files of manifests, whatever they are kept in: what one of them holds, and what all of them say together.

Pure: bytes come in as arguments, and text is read through the ports.
"""
