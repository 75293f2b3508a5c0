"""Redis, as far as it is used: whether the configured one can be reached."""

_SECONDS = 1.0


def redis_trouble(url: str) -> str:
    """Why Redis does not answer; empty where it does."""
    import redis  # here: most installations have none, and loading it takes a tenth of the start
    from redis.exceptions import RedisError

    try:
        with redis.Redis.from_url(url, socket_connect_timeout=_SECONDS, socket_timeout=_SECONDS) as client:
            client.ping()
    except (RedisError, OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ""
