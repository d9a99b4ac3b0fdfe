"""``node.toml``: what stands there is what runs, and every slip is named with its line and what to do."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tracing.settings import Address, ConfigInvalid, Promise, Settings, Span

GOOD = """\
authority = "br"
country = "BRA"
name = "Centro Nacional de Rastreamento"
net = "training"
exchange = "127.0.0.1:9420"
desk = "127.0.0.1:9421"
release = "one"
zone = "America/Sao_Paulo"

[calendar]
weekend = ["saturday", "sunday"]
holidays = "BRA"
also_off = [2026-12-24]

[deadlines]
ack = "2 working days"
"""


def home_with(tmp_path: Path, text: str) -> Path:
    (tmp_path / "node.toml").write_text(text, encoding="utf-8")
    return tmp_path


def problem(home: Path) -> str:
    with pytest.raises(ConfigInvalid) as caught:
        Settings.load(home)
    assert len(caught.value.problems) == 1
    return caught.value.problems[0]


def test_a_written_file_reads_back_as_the_same_settings(tmp_path: Path) -> None:
    made = Settings(
        authority="ke", country="KEN", name='National "focal" point', net="real", deadlines={"ack": "1 hour"},
        calendar={"also_off": [date(2026, 12, 24)]}, database=f"sqlite:///{tmp_path.resolve()}/node.db",
    )  # fmt: skip
    made.write(tmp_path)
    assert Settings.load(tmp_path).model_dump() == made.model_dump()


def test_the_database_of_a_home_that_moved_moves_with_it(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    Settings(authority="ke", country="KEN", name="x", net="real", database=f"sqlite:///{here.resolve()}/node.db").write(
        here
    )
    moved = here.rename(tmp_path / "there")
    assert Settings.load(moved).database == f"sqlite:///{moved.resolve()}/node.db"


def test_an_absolute_database_stays_where_it_is(tmp_path: Path) -> None:
    home = home_with(tmp_path, 'database = "sqlite:////srv/n.db"\n' + GOOD)
    assert Settings.load(home).database == "sqlite:////srv/n.db"


@pytest.mark.parametrize(
    "url", ["postgresql://itx:secret@db/itx", "postgresql://itx@db/itx?password=secret", "mysql://db/itx", "node.db"]
)
def test_an_address_with_a_password_or_of_another_kind_is_refused_and_not_shown(tmp_path: Path, url: str) -> None:
    home = home_with(tmp_path, f'database = "{url}"\n' + GOOD)
    with pytest.raises(ConfigInvalid, match="expected") as refused:
        Settings.load(home)
    assert "secret" not in str(refused.value)


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    home = home_with(tmp_path, GOOD)
    with pytest.raises(FileExistsError):
        Settings.load(home).write(home)
    assert (home / "node.toml").read_text("utf-8") == GOOD


def test_values_come_out_as_the_work_uses_them(tmp_path: Path) -> None:
    settings = Settings.load(home_with(tmp_path, GOOD))
    assert (settings.exchange.host, settings.exchange.port) == ("127.0.0.1", 9420)
    assert (settings.deadlines.ack.amount, settings.deadlines.ack.unit) == (2, "working_days")
    assert settings.calendar.weekend_days == {5, 6}
    assert settings.url == "http://127.0.0.1:9420"


def test_the_environment_overrules_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACING_ZONE", "UTC")
    monkeypatch.setenv("TRACING_DEADLINES__ACK", "5 seconds")
    settings = Settings.load(home_with(tmp_path, GOOD))
    assert (settings.zone, settings.deadlines.ack) == ("UTC", Span("5 seconds"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('release = "one"', 'relase = "one"', 'line 7: unknown key "relase"; did you mean "release"?'),
        ("holidays =", "holydays =", 'line 12: unknown key "calendar.holydays"; did you mean "holidays"?'),
        ("[calendar]", "[kalendar]", 'line 10: unknown key "kalendar"; did you mean "calendar"?'),
        ('release = "one"', "xyzzy = 3", 'line 7: unknown key "xyzzy"; known here: attachments, audit, authority, '),
        ('release = "one"', 'release = "three"', "line 7: \"release\" is \"three\"; expected 'one' or 'two'"),
        ('"BRA"\nname', '"Brazil"\nname', 'line 2: "country" is "Brazil"; expected a country of ISO 3166-1'),
        ('"BRA"\nname', '"BR"\nname', "did you mean BRA?"),
        ('holidays = "BRA"', 'holidays = "XXX"', '"calendar.holidays" is "XXX"; expected a country of ISO 3166-1'),
        ('"br"', '"BR"', 'line 1: "authority" is "BR"; expected lower-case letters'),
        (":9420", ":99999", 'line 5: "exchange" is "127.0.0.1:99999"; expected HOST:PORT with a port of 1 to 65535'),
        ('"127.0.0.1:9421"', "9421", 'line 6: "desk" is 9421; expected HOST:PORT'),
        ("America/Sao_Paulo", "Brazil/Rio", 'line 8: "zone" is "Brazil/Rio"; expected the name of a time zone'),
        ("2 working days", "2", 'line 16: "deadlines.ack" is "2"; expected a number with seconds, hours,'),
        ("2026-12-24", '"Xmas"', 'line 13: "calendar.also_off" is "Xmas"; '),
        ('["saturday", "sunday"]', '"saturday"', 'line 11: "calendar.weekend" is "saturday"; expected a list'),
        ('name = "Centro Nacional de Rastreamento"', "name = 7", 'line 3: "name" is 7; expected text in quotes'),
        ('name = "Centro Nacional de Rastreamento"\n', "", 'the key "name" is missing: add it'),
        (":9421", ":9420", "exchange and desk are both 127.0.0.1:9420"),
        ('country = "BRA"', 'country = "BRA', "(at line 2, column 15): correct that line"),
        ('zone = "America/Sao_Paulo"', 'exchange_url = "ftp://x"', '"exchange_url" is "ftp://x"; expected an address'),
    ],
)  # fmt: skip
def test_a_slip_is_named_with_its_line_and_what_was_expected(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    home = home_with(tmp_path, GOOD.replace(old, new, 1))
    assert said in problem(home)


def test_all_slips_are_named_at_once(tmp_path: Path) -> None:
    home = home_with(tmp_path, GOOD.replace('"one"', '"few"').replace('"BRA"\nname', '"?"\nname'))
    with pytest.raises(ConfigInvalid) as caught:
        Settings.load(home)
    assert len(caught.value.problems) == 2


def test_a_home_without_a_file_says_how_to_make_one(tmp_path: Path) -> None:
    assert "`tracing init` makes one" in problem(tmp_path)


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "node.toml").write_bytes(b'name = "\xff"')
    assert "byte 8 is not UTF-8" in problem(tmp_path)


def test_a_file_of_absurd_size_is_not_read(tmp_path: Path) -> None:
    assert "is larger than" in problem(home_with(tmp_path, "#" * 300_000))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "node.toml").mkdir()
    assert "cannot be read" in problem(tmp_path)


def test_a_misspelt_variable_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACING_RELEAS", "two")
    assert "TRACING_RELEAS names no setting; did you mean TRACING_RELEASE?" in problem(home_with(tmp_path, GOOD))


def test_a_variable_of_something_else_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACING_SERVICE_HOST", "10.0.0.1")
    assert Settings.load(home_with(tmp_path, GOOD)).authority == "br"


def test_a_wrong_variable_is_named_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACING_CONFIDENTIALITY", "maybe")
    assert "the variable TRACING_CONFIDENTIALITY" in problem(home_with(tmp_path, GOOD))


def test_a_variable_that_should_hold_a_list_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACING_CALENDAR__WEEKEND", "friday")
    assert "a variable TRACING_* is not of the form its setting has" in problem(home_with(tmp_path, GOOD))


def test_an_unchanged_file_is_not_reported(tmp_path: Path) -> None:
    assert Settings.load(home_with(tmp_path, GOOD)).changed_on_disk() is None


def test_a_file_changed_while_the_node_runs_is_reported(tmp_path: Path) -> None:
    settings = Settings.load(home_with(tmp_path, GOOD))
    home_with(tmp_path, GOOD.replace('"one"', '"two"'))
    assert "has changed since this node started" in str(settings.changed_on_disk())


def test_a_file_that_vanished_while_the_node_runs_is_reported(tmp_path: Path) -> None:
    settings = Settings.load(home_with(tmp_path, GOOD))
    (tmp_path / "node.toml").unlink()
    assert "node.toml is missing" in str(settings.changed_on_disk())


def test_a_file_that_names_another_authority_than_the_root_is_refused(tmp_path: Path) -> None:
    settings = Settings.load(home_with(tmp_path, GOOD))
    with pytest.raises(ConfigInvalid, match='authority is "br", but the root of this node says "at": put it back'):
        settings.require_identity("at", "BRA", "training")


def test_a_file_that_agrees_with_the_root_is_taken(tmp_path: Path) -> None:
    settings = Settings.load(home_with(tmp_path, GOOD))
    settings.require_identity("br", "BRA", "training")
    assert settings.sha256


@pytest.mark.parametrize("text", ["127.0.0.1:8420", "[::1]:8420", "node.example.org:1", "0.0.0.0:0"])
def test_an_address_is_written_as_it_was_read(text: str) -> None:
    assert str(Address(text)) == text


@pytest.mark.parametrize("text", ["1 working day", "30 calendar days", "12 hours", "1 second"])
def test_a_span_is_written_as_it_was_read(text: str) -> None:
    assert str(Span(text)) == text


@pytest.mark.parametrize("text", ["", "8420", "host:", "::1:80", "host:70000", "host:80/x", "ho st:80"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        Address(text)


@pytest.mark.parametrize("text", ["", "3", "3 days", "-1 hours", "1.5 hours", "99999 hours", "three hours"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a number with"):
        Span(text)


def test_a_promise_is_a_share_and_a_time() -> None:
    promise = Promise("90 % within 30 calendar days")
    assert (str(promise), promise.percent, promise.days) == ("90 % within 30 calendar days", 90, 30)


@pytest.mark.parametrize(
    "text", ["", "90", "90 %", "101 % within 30 calendar days", "90 % within 0 calendar days", "90 % within 30 days"]
)
def test_what_is_no_promise_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a share and a time"):
        Promise(text)


def test_settings_cannot_be_changed_once_built(tmp_path: Path) -> None:
    settings: Any = Settings.load(home_with(tmp_path, GOOD))
    with pytest.raises(ValueError, match="frozen"):
        settings.release = "two"
    assert settings.release == "one"
