"""Signatures of commits by ssh keys and by GnuPG, made and checked by the real programs."""

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from fakes import FakeClock
from git_remotes import GitRemote
from manifest_files import job
from needs import leave_out

from tasks_service.adapters.git_source import Mirror, Remote, Signatures


@pytest.fixture
def remote(tmp_path: Path) -> GitRemote:
    return GitRemote(tmp_path / "git")


def mirrored(remote: GitRemote, tmp_path: Path) -> Path:
    """The mirror of what is committed, which the programs look at."""
    remote.publish()
    mirror = Mirror(Remote(url=remote.url), tmp_path / "mirrors")
    mirror.fetch(FakeClock().now())
    return mirror.repository.git_dir


@pytest.fixture
def signers(remote: GitRemote, tmp_path: Path) -> Path:
    """Who may sign: ann, with whose key commits of the remote are signed. Eve has a key, too."""
    if shutil.which("ssh-keygen") is None:
        leave_out("ssh-keygen is missing (apt-get install openssh-client)", "REQUIRE_SIGNATURES")
    for name in ("ann", "eve"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)], check=True)
    allowed = tmp_path / "signers"
    allowed.write_text(f"c@example.org {(tmp_path / 'ann.pub').read_text()}")
    remote.git("config", "gpg.format", "ssh")
    remote.git("config", "user.signingkey", str(tmp_path / "ann"))
    return allowed


def commits(remote: GitRemote, *signed: bool) -> list[str]:
    made = []
    for number, sign in enumerate(signed):
        remote.write({"a.yaml": job("a", hour=number)})
        made.append(remote.commit("Change", "ann", *(["-S"] if sign else [])))
    return made


def test_the_newest_commit_alone_or_each_new_one_has_to_be_signed(
    remote: GitRemote, signers: Path, tmp_path: Path
) -> None:
    first, unsigned, last = commits(remote, True, False, True)
    folder = mirrored(remote, tmp_path)
    head = Signatures(verify="head", signers=signers)
    strict = Signatures(verify="strict", signers=signers)

    assert head.objection(last, first, folder) == ""
    assert unsigned[:12] in head.objection(unsigned, first, folder)
    assert unsigned[:12] in strict.objection(last, first, folder)
    assert strict.objection(last, unsigned, folder) == ""


def test_a_signature_of_somebody_else_is_none(remote: GitRemote, signers: Path, tmp_path: Path) -> None:
    (first,) = commits(remote, True)
    remote.git("config", "user.signingkey", str(tmp_path / "eve"))
    (stranger,) = commits(remote, True)
    folder = mirrored(remote, tmp_path)

    assert stranger[:12] in Signatures(verify="head", signers=signers).objection(stranger, first, folder)
    assert "not set" in Signatures(verify="head").objection(first, "", folder)
    assert Signatures(verify="none").objection(stranger, first, folder) == ""


def test_what_is_new_since_an_unknown_commit_cannot_be_told(remote: GitRemote, signers: Path, tmp_path: Path) -> None:
    (only,) = commits(remote, True)
    folder = mirrored(remote, tmp_path)
    strict = Signatures(verify="strict", signers=signers)

    assert strict.objection(only, "", folder) == ""
    assert "cannot be told" in strict.objection(only, "e" * 40, folder)


def test_a_keyring_says_whose_gnupg_signatures_count(remote: GitRemote, tmp_path: Path) -> None:
    if shutil.which("gpg") is None:
        leave_out("gpg is missing (apt-get install gnupg)", "REQUIRE_SIGNATURES")
    with TemporaryDirectory(prefix="g") as own, TemporaryDirectory(prefix="g") as empty:  # sockets want short paths
        make = ("--batch", "--quiet", "--passphrase", "", "--quick-generate-key", "ann <c@example.org>", "ed25519")
        subprocess.run(["gpg", "--homedir", own, *make], check=True, capture_output=True)
        remote.git("config", "user.signingkey", "c@example.org")
        remote.write({"a.yaml": job("a")})
        sha = remote.commit("Signed", "ann", "-S", GNUPGHOME=own)
        folder = mirrored(remote, tmp_path)
        try:
            known = Signatures(verify="head", signers=Path(own)).objection(sha, "", folder)
            unknown = Signatures(verify="head", signers=Path(empty)).objection(sha, "", folder)
        finally:
            for home in (own, empty):
                subprocess.run(["gpgconf", "--homedir", home, "--kill", "all"], check=False)

    assert known == ""
    assert sha[:12] in unknown
