"""The guards: pure ASGI middlewares that every request passes, from the outermost inwards.

metering → trace → headers → hosts → cross-site → authentication → body limit → the routes
"""
