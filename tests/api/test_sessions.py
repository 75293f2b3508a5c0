"""Sessions and the brake, without HTTP."""

from datetime import timedelta

from builders import NOW

from tasks_service.api.keys import Brake, Key
from tasks_service.api.sessions import COOKIE, Sessions

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)


def cookie(set_cookie: str) -> str:
    """What a browser sends back."""
    return set_cookie.partition(";")[0]


def test_a_fresh_session_holds() -> None:
    sessions = Sessions("secret", "key")

    assert sessions.check(cookie(sessions.issue(NOW, secure=False)), NOW) is not None


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites() -> None:
    sessions = Sessions("secret", "key")

    plain, secure = sessions.issue(NOW, secure=False), sessions.issue(NOW, secure=True)

    assert "HttpOnly" in plain and "SameSite=Lax" in plain and "Path=/" in plain
    assert "Secure" not in plain and "Secure" in secure


def test_a_session_ends_when_nobody_uses_it() -> None:
    sessions = Sessions("secret", "key")
    sent = cookie(sessions.issue(NOW, secure=False))

    assert sessions.check(sent, NOW + IDLE - timedelta(seconds=1))
    assert sessions.check(sent, NOW + IDLE) is None


def test_a_used_session_lasts_for_a_week_and_no_longer() -> None:
    sessions = Sessions("secret", "key")
    sent, moment = cookie(sessions.issue(NOW, secure=False)), NOW
    while moment < NOW + ABSOLUTE - timedelta(hours=6):
        moment += timedelta(hours=6)
        session = sessions.check(sent, moment)
        assert session is not None
        sent = cookie(sessions.renew(session, moment, secure=False) or sent)

    assert sessions.check(sent, NOW + ABSOLUTE) is None


def test_a_visit_is_noted_now_and_then_only() -> None:
    sessions = Sessions("secret", "key")
    session = sessions.check(cookie(sessions.issue(NOW, secure=False)), NOW)
    assert session is not None

    assert sessions.renew(session, NOW + timedelta(minutes=29), secure=False) is None
    assert sessions.renew(session, NOW + timedelta(minutes=30), secure=False) is not None


def test_another_key_or_another_secret_ends_all_sessions() -> None:
    sent = cookie(Sessions("secret", "key").issue(NOW, secure=False))

    assert Sessions("secret", "new key").check(sent, NOW) is None
    assert Sessions("new secret", "key").check(sent, NOW) is None


def test_what_was_changed_or_made_up_is_no_session() -> None:
    sessions = Sessions("secret", "key")
    sent = cookie(sessions.issue(NOW, secure=False))
    forged = [sent[:-1] + ("0" if sent[-1] != "0" else "1"), sent.replace("=1.", "=2."), f"{COOKIE}=", f"{COOKIE}=é.ü"]

    for made_up in [*forged, f"{COOKIE}=1.a.b.c.d", "", ";;;=", "\0"]:
        assert sessions.check(made_up, NOW) is None, made_up


def test_another_cookie_does_not_hide_the_session() -> None:
    sessions = Sessions("secret", "key")

    assert sessions.check(f'odd="; theme=dark; {cookie(sessions.issue(NOW, secure=False))}', NOW)


def test_only_the_key_fits() -> None:
    key = Key("right")

    assert key.fits("right")
    assert not any(key.fits(guess) for guess in ("", "wrong", "right ", "\udcff"))


def test_the_brake_makes_an_address_wait_until_its_window_is_over() -> None:
    brake = Brake(limit=3, seconds=60)
    for _ in range(3):
        assert brake.wait("192.0.2.1", 100.0) == 0
        brake.count("192.0.2.1", 100.0)

    assert brake.wait("192.0.2.1", 130.0) == 30
    assert brake.wait("192.0.2.2", 130.0) == 0
    assert brake.wait("192.0.2.1", 160.0) == 0
    assert brake.count("192.0.2.1", 160.0) == 1


def test_a_whole_ipv6_network_counts_as_one_address() -> None:
    brake = Brake(limit=1, seconds=60)
    brake.count("2001:db8::1", 0.0)

    assert brake.wait("2001:db8::2", 1.0) > 0
    assert brake.wait("2001:db8:0:1::1", 1.0) == 0


def test_the_brake_remembers_no_more_than_it_may() -> None:
    brake = Brake(addresses=100)
    for number in range(1000):
        brake.count(f"10.0.{number // 256}.{number % 256}", 0.0)

    assert len(brake) == 100
