"""The settings of a node, each with its kind, its default and its reason."""

import hashlib
import os
from datetime import date
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from protocol.vocabulary.countries import COUNTRIES, hint
from tracing.settings import file
from tracing.settings.audit import AuditSettings
from tracing.settings.evidence import EvidenceSettings
from tracing.settings.file import ConfigInvalid
from tracing.settings.mail import MailSettings
from tracing.settings.values import Address, Promise, Rung, Size, Span
from tracing.settings.webhooks import WebhookSettings

__all__ = [
    "AttachmentSettings",
    "CalendarSettings",
    "ContactSettings",
    "CustodySettings",
    "DeadlineSettings",
    "Settings",
    "TrustSettings",
]

FILE = "node.toml"
SQLITE = "sqlite:///"
WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
URL = r"^(https?://[^\s/?#]+(/[^\s?#]*[^\s?#/])?|)$"
FROZEN = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class CalendarSettings(BaseModel):
    """Which days are worked here. ``holidays`` names the country whose public holidays hold; corrections win."""

    model_config = FROZEN
    weekend: tuple[Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], ...] = (
        "saturday",
        "sunday",
    )
    holidays: str = ""  # alpha-3; empty: none known
    also_off: tuple[date, ...] = ()  # days off that the list does not know
    also_worked: tuple[date, ...] = ()  # days of the list that are worked all the same

    @field_validator("holidays")
    @classmethod
    def _known_country(cls, code: str) -> str:
        return _current_country(code) if code else code

    @property
    def weekend_days(self) -> frozenset[int]:
        """Monday is 0, as in ``date.weekday``."""
        return frozenset(WEEK.index(day) for day in self.weekend)


class DeadlineSettings(BaseModel):
    """Our own targets where no treaty or agreement sets a limit. ITI 18-19 say "prompt" and set no number."""

    model_config = FROZEN
    ack: Span = Span("3 working days")
    ack_urgent: Span = Span("1 working day")
    answer: Span = Span("30 calendar days")
    answer_urgent: Span = Span("2 calendar days")
    info: Span = Span("14 calendar days")
    info_urgent: Span = Span("2 calendar days")
    clarify: Span = Span("14 calendar days")
    clarify_urgent: Span = Span("2 calendar days")
    consent: Span = Span("14 calendar days")
    consent_urgent: Span = Span("2 calendar days")
    lapse: Span = Span("180 calendar days")  # after the date of an answer: whether to wait on is decided then
    lapse_reminders: Annotated[int, Field(ge=1, le=20)] = 3  # or after so many reminders, where that is sooner
    promise: Promise | Literal[""] = ""  # a voluntary target, measured year by year in each ledger, for us alone
    near: Span = Span("3 calendar days")  # how long before a due date the first reminder comes
    near_urgent: Span = Span("8 hours")
    ladder: tuple[Rung, ...] = (  # what is said of an open duty beside near and passed, and to whom
        Rung("7 calendar days after to approver"),
        Rung("14 calendar days after to head"),
        Rung("21 calendar days after to head"),
        Rung("28 calendar days after to head"),
    )


class ContactSettings(BaseModel):
    """The contact card of ITI paras 25 and 31 that travels in our keyset, until officers edit it at the desk."""

    model_config = FROZEN
    name: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    email: Annotated[str, Field(max_length=200)] = ""
    phone: Annotated[str, Field(max_length=80)] = ""
    address: Annotated[str, Field(max_length=500)] = ""
    hours: Annotated[str, Field(max_length=200)] = ""
    languages: Annotated[tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...], Field(max_length=30)] = ("en",)
    holidays: Annotated[tuple[date, ...], Field(max_length=100)] = ()  # days without anybody at the point of contact
    marking_practices: Annotated[str, Field(max_length=4000)] = ""


class TrustSettings(BaseModel):
    """Where it takes two officers to pin a counterpart: at the desk, or always (the command is the first of them)."""

    model_config = FROZEN
    two_officers: Literal["desk", "always"] = "desk"


class AttachmentSettings(BaseModel):
    """Room for photographs and documents."""

    model_config = FROZEN
    counterpart: Size = Size("20 GiB")  # what each counterpart's attachments may take here, whatever their age
    officer: Size = Size("5 GiB")  # what each officer may have brought in without a message yet


class CustodySettings(BaseModel):
    """Where new private keys are made: in the vault's file, or the classical ones on a hardware module (PKCS#11)."""

    model_config = FROZEN
    token: Annotated[str, Field(max_length=500)] = ""  # e.g. pkcs11:token=itx-br; empty: keys lie in files
    module: Annotated[str, Field(max_length=500)] = ""  # the library of its maker, an absolute path
    pin_file: Annotated[str, Field(max_length=500)] = ""  # or the systemd credential tracing-pin

    @model_validator(mode="after")
    def _token_has_module(self) -> Self:
        if bool(self.token) != bool(self.module):
            raise ValueError("token and module of [custody] go together: give both or neither")
        if self.module and not Path(self.module).is_absolute():
            raise ValueError("expected an absolute path in module of [custody]: it is code that is run")
        return self


class Settings(BaseSettings):
    """Everything in ``node.toml``. Build it with ``load``, or with keywords for a node that does not exist yet."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", validate_default=True, env_prefix="TRACING_", env_nested_delimiter="__"
    )

    authority: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,62}$")]
    country: str
    name: Text
    net: Literal["real", "training"]
    exchange: Address = Address("127.0.0.1:8420")
    desk: Address = Address("127.0.0.1:8421")
    exchange_url: Annotated[str, Field(pattern=URL)] = ""
    desk_url: Annotated[str, Field(pattern=URL)] = ""  # where officers reach the desk: links in mails begin with it
    database: str = f"{SQLITE}node.db"
    database_password_file: Annotated[str, Field(max_length=500)] = ""  # or the systemd credential tracing-database
    release: Literal["one", "two"] = "two"
    zone: str = "UTC"
    confidentiality: Literal["can_guarantee", "cannot_guarantee", "partly"] = "can_guarantee"
    reconciliation: Literal["monthly", "off"] = "monthly"
    log: Literal["console", "json"] = "console"
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()  # whose X-Forwarded-For the desk believes
    calendar: CalendarSettings = CalendarSettings()
    deadlines: DeadlineSettings = DeadlineSettings()
    contact: ContactSettings = ContactSettings()
    trust: TrustSettings = TrustSettings()
    attachments: AttachmentSettings = AttachmentSettings()
    custody: CustodySettings = CustodySettings()
    mail: MailSettings = MailSettings()
    webhooks: WebhookSettings = WebhookSettings()
    audit: AuditSettings = AuditSettings()
    evidence: EvidenceSettings = EvidenceSettings()

    _home: Path = PrivateAttr(default=Path())
    _sha256: str = PrivateAttr(default="")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - there is no .env file
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - secrets are not settings
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment overrules the file."""
        return env_settings, init_settings

    @field_validator("country")
    @classmethod
    def _known_country(cls, code: str) -> str:
        return _current_country(code)

    @field_validator("database")
    @classmethod
    def _known_database(cls, url: str) -> str:
        """A password would stand in a file that is copied, shown and mailed."""
        parts = urlsplit(url)
        if parts.scheme not in {"sqlite", "postgresql"}:
            raise ValueError("expected sqlite:///FILE or postgresql://USER@HOST/NAME")
        if parts.password is not None or "password" in parse_qs(parts.query):
            raise ValueError("expected no password here: put it into a file and name that in database_password_file")
        return url

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, KeyError) as error:
            raise ValueError("expected the name of a time zone, e.g. America/Sao_Paulo") from error
        return zone

    @model_validator(mode="after")
    def _two_listeners(self) -> Self:
        if self.exchange == self.desk and self.desk.port:
            raise ValueError(
                f"exchange and desk are both {self.desk}: counterparts and officers need a listener of their own each"
            )
        return self

    # ------------------------------------------------------------ the file

    @classmethod
    def for_new(cls, home: Path, **given: Any) -> "Settings":
        """The settings of a node to be made at ``home``; no variable of the environment plays a part. ConfigInvalid."""
        try:
            return _AsGiven(**_with_absolute_database(given, home))
        except ValidationError as error:
            raise ConfigInvalid(file.explain_options(error)) from error

    @classmethod
    def load(cls, home: Path) -> Self:
        """The settings of the node at ``home``. Raises ConfigInvalid naming every problem with its line."""
        where = home / FILE
        text = file.read(where)
        content = file.parse(where, text)
        file.refuse_misspelt_environment(os.environ, cls)
        try:
            settings = cls(**_with_absolute_database(content, home))
        except ValidationError as error:
            raise ConfigInvalid(file.explain(where, text, error, cls)) from error
        except SettingsError as error:
            raise ConfigInvalid([f"a variable TRACING_* is not of the form its setting has: {error}"]) from error
        settings._home, settings._sha256 = home, _digest(text)
        return settings

    def write(self, home: Path) -> None:
        """Write ``node.toml`` for a new node; an existing one is never overwritten (FileExistsError)."""
        text = file.render(self._as_written(home))
        with (home / FILE).open("x", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())

    def _as_written(self, home: Path) -> dict[str, Any]:
        content = self.model_dump(mode="python")
        content["database"] = self.database.replace(f"{SQLITE}{home.resolve()}/", SQLITE)
        return content

    @property
    def sha256(self) -> str:
        """Digest of the file as it was read, for the audit leaf of each start."""
        return self._sha256

    @property
    def url(self) -> str:
        """Where counterparts reach us: as configured, else the listener itself."""
        return self.exchange_url or f"http://{self.exchange}"

    @property
    def log_origin(self) -> str:
        """The name this node's trees bear in their checkpoints."""
        return f"itx.{self.net}/{self.authority}"

    def changed_on_disk(self) -> str | None:
        """One sentence when ``node.toml`` is no longer what this process runs with, None while it is."""
        try:
            now = _digest(file.read(self._home / FILE))
        except ConfigInvalid as error:
            return str(error)
        if now == self._sha256:
            return None
        return (
            f"{self._home / FILE} has changed since this node started, which still runs with the old one "
            "(restart it to take the new one, or put the file back)"
        )

    def require_identity(self, authority: str, country: str, net: str) -> None:
        """Raise ConfigInvalid when the file names another node than the signed root does."""
        signed = {"authority": authority, "country": country, "net": net}
        wrong = [
            f'{self._home / FILE}: {key} is "{getattr(self, key)}", but the root of this node says "{value}": '
            "put it back (a node never changes who it is; for another authority make another home with `tracing init`)"
            for key, value in signed.items()
            if getattr(self, key) != value
        ]
        if wrong:
            raise ConfigInvalid(wrong)


class _AsGiven(Settings):
    """Settings from keywords alone."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the library's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - see the docstring
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - see the docstring
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - see the docstring
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def _current_country(code: str) -> str:
    if code in COUNTRIES:
        return code
    meant = hint(code)
    raise ValueError(f"expected a country of ISO 3166-1, e.g. BRA{f'; did you mean {meant}?' if meant else ''}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _with_absolute_database(content: dict[str, Any], home: Path) -> dict[str, Any]:
    """A relative SQLite file belongs to the home, wherever the command is called from."""
    url = content.get("database", f"{SQLITE}node.db")
    if isinstance(url, str) and url.startswith(SQLITE) and not url.startswith(f"{SQLITE}/"):
        return content | {"database": f"{SQLITE}{home.resolve()}/{url.removeprefix(SQLITE)}"}
    return content
