"""Shapes: how things look as JSON. One module per noun; each shape is made by its ``of`` from what the panel gives."""
