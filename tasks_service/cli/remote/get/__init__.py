"""``tasks get``: what the server knows, as tables. One file per noun."""
