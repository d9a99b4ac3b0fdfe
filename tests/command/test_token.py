"""``init --token``: the command makes a node whose classical keys lie on a token, and ``doctor`` looks at it."""

from pathlib import Path

import pytest

from tests.commanding import command
from tests.softhsm import LABEL, MODULE, PIN, needs_softhsm, token
from tests.world import free_port

pytestmark = needs_softhsm


def init(home: Path, kept: Path, *more: object) -> list[object]:
    where = ["--exchange", f"127.0.0.1:{free_port()}", "--desk", f"127.0.0.1:{free_port()}"]
    who = ["--authority", "br", "--country", "BRA", "--name", "Registry", "--training"]
    return ["--home", home, "--passphrase-file", kept, "--json", "init", *who, *where, *more]


def pin_file(folder: Path, content: bytes = PIN, mode: int = 0o600) -> Path:
    file = folder / "pin"
    file.write_bytes(content + b"\n")
    file.chmod(mode)
    return file


def test_a_node_is_founded_on_a_token_and_doctor_says_what_lies_there(tmp_path: Path, kept: Path) -> None:
    with token(tmp_path / "hsm"):
        given = ("--token", f"pkcs11:token={LABEL.replace(' ', '%20')}", "--token-module", MODULE)
        made = command(*init(tmp_path / "br", kept, *given, "--pin-file", pin_file(tmp_path)))
        assert made.code == 0, made.err
        told = command("--home", tmp_path / "br", "--passphrase-file", kept, "doctor")
        assert f"on the token '{LABEL}', which answers" in told.out
        (tmp_path / "hsm" / "tokens").rename(tmp_path / "pulled")
        told = command("--home", tmp_path / "br", "--passphrase-file", kept, "doctor")
        assert told.code == 3
        assert "see that the token is there" in told.out + told.err


def test_what_is_wrong_with_a_token_or_its_pin_is_one_sentence_and_leaves_no_home(tmp_path: Path, kept: Path) -> None:
    with token(tmp_path / "hsm"):
        uri, home = f"pkcs11:token={LABEL.replace(' ', '%20')}", tmp_path / "br"
        right = pin_file(tmp_path)
        for given, code, said in (
            (("--token", uri), 4, "go together"),
            (("--token", uri, "--token-module", "lib.so"), 4, "an absolute path"),
            (("--token", uri, "--token-module", "/nowhere.so", "--pin-file", right), 4, "no PKCS#11 module"),
            (("--token", uri, "--token-module", MODULE), 4, "no PIN"),
            (("--token", uri, "--token-module", MODULE, "--pin-file", tmp_path / "no"), 4, "cannot be read"),
            (("--token", f"{uri};pin-value=1", "--token-module", MODULE, "--pin-file", right), 4, "not 'pin-value'"),
            (("--token", "pkcs11:token=other", "--token-module", MODULE, "--pin-file", right), 75, "token is there"),
        ):
            ended = command(*init(home, kept, *given))
            assert (ended.code, said in ended.err) == (code, True), (given, ended)
            assert not home.exists()


def test_a_pin_that_others_can_read_or_that_is_wrong_or_empty_is_refused(tmp_path: Path, kept: Path) -> None:
    with token(tmp_path / "hsm"):
        given = ("--token", f"pkcs11:token={LABEL.replace(' ', '%20')}", "--token-module", MODULE)
        for content, mode, said in (
            (PIN, 0o644, "open to others"), (b"", 0o600, "first line"), (b"0000", 0o600, "not tried again"),
        ):  # fmt: skip
            ended = command(*init(tmp_path / "br", kept, *given, "--pin-file", pin_file(tmp_path, content, mode)))
            assert (ended.code, said in ended.err) == (4, True), ended
            assert not (tmp_path / "br").exists()


def test_the_systemd_credential_serves_as_pin(tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with token(tmp_path / "hsm"):
        handed = tmp_path / "credentials"
        handed.mkdir()
        pin_file(handed).rename(handed / "tracing-pin")
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(handed))
        given = ("--token", f"pkcs11:token={LABEL.replace(' ', '%20')}", "--token-module", MODULE)
        assert command(*init(tmp_path / "br", kept, *given)).code == 0
