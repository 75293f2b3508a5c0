"""The timer on APScheduler: it says only when."""
