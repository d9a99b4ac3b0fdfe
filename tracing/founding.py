"""Making a node: its home, its keys, its database, and the documents that say who it is. Nothing is sent.

Rules
- An existing home is never touched.
- A training node gets a 1-of-1 root made in place; a real one writes a founding request for its holders and waits for
  the root they sign (``install_root``).
- Everything secret lies under ``keys`` (encrypted) and ``secrets``; the home is its owner's alone.
- A home bears the mark ``unfinished`` until everything is in it: one that was cut short is used for nothing.

    found_node(home, settings, passphrase, clock, ids)
"""

import os
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine

from keys import ceremony, founding, privatefile
from keys.card import Card
from keys.keyset import Confidentiality, Keyset, first_keyset, issue_keyset
from keys.refounding import believe_card, inherit, succeed
from keys.rest import ContentCipher
from keys.trust import TrustSet
from keys.vault import Vault
from tracing import audit
from tracing.clock import Clock, Ids
from tracing.custody import hardware_of
from tracing.database import engine_of
from tracing.settings import Settings
from tracing.store import Store, Tx, bring_up_to_date, require_database, require_empty
from tracing.trust.contacts import contact_of
from tracing.trust.documents import add_document

__all__ = ["FOUNDING", "HomeExists", "found_node", "install_root", "log_origin", "unfinished"]

FOUNDING = "founding.json"
UNFINISHED = "unfinished"


class HomeExists(Exception):
    """There is something at the home already; it is left as it is."""


def log_origin(settings: Settings) -> str:
    """The name this node's trees bear in their checkpoints."""
    return settings.log_origin


def unfinished(home: Path) -> str | None:
    """What to say of a home whose founding was cut short; None of any other."""
    if not (home / UNFINISHED).exists():
        return None
    return (
        f"the founding of {home} was not finished, and nothing was sent from it: remove it and run `tracing init` again"
    )


def found_node(
    home: Path, settings: Settings, passphrase: bytes, clock: Clock, ids: Ids, *, kept: Path | None = None
) -> founding.FoundingRequest:
    """Make the home and everything in it. Raises HomeExists; anything else leaves a home that says it is unfinished.

    The passphrase is kept in the home too where ``kept`` names a place there.
    """
    claim_home(home)
    (home / UNFINISHED).touch(mode=0o600)
    settings.write(home)
    if kept is not None:
        privatefile.make_folder((home / kept).parent)
        privatefile.write(home / kept, passphrase + b"\n")
    vault = Vault.create(home / "keys", passphrase, ids.random_bytes, hardware=hardware_of(settings, clock))
    request = founding.found(
        vault, ids.random_bytes, net=settings.net, auth=settings.authority, country=settings.country, name=settings.name
    )
    (home / FOUNDING).write_bytes(request.to_bytes())
    engine = engine_of(Settings.load(home))
    require_empty(engine)
    store = _store(engine, vault, clock, ids)
    try:
        store.write_now(lambda tx: _begin_trail(tx, settings, vault))
        if settings.net == "training":
            root = ceremony.found_training(vault, request, ids.random_bytes, at_ms=clock.now_ms())
            _install(store, settings, vault, request, root, clock)
    finally:
        store.close()
    (home / UNFINISHED).unlink()
    privatefile.flush_folder(home)
    return request


def install_root(  # noqa: PLR0917 - what a ceremony brings together
    home: Path, passphrase: bytes, root: bytes, clock: Clock, ids: Ids, card: Card | None = None
) -> TrustSet:
    """Install the root the holders signed, and issue the first keyset under it. Raises what the ceremony raises.

    With a ``card`` of the same authority, whose node is lost, it is the root after those of the card.
    """
    settings = Settings.load(home)
    vault = Vault.open(home / "keys", passphrase, hardware=hardware_of(settings, clock))
    request = founding.read_founding((home / FOUNDING).read_bytes())
    engine = engine_of(settings)
    require_database(engine)
    settings.require_identity(request.auth, request.country, request.net)
    store = _store(engine, vault, clock, ids)
    try:
        if card is not None:
            before = believe_card(card, settings.net)
            return _install_again(store, settings, vault, request, root, before, clock)
        return _install(store, settings, vault, request, root, clock)
    finally:
        store.close()


def claim_home(home: Path) -> None:
    """A new, private folder. HomeExists where there is anything but an empty folder."""
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        msg = f"{home} exists and is not empty; a home is never written over: name another with --home, or move it away"
        raise HomeExists(unfinished(home) or msg)
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    os.umask(0o077)


def _store(engine: Engine, vault: Vault, clock: Clock, ids: Ids) -> Store:
    bring_up_to_date(engine)
    return Store(engine, ContentCipher(vault.secret("rest"), vault.secret("search"), ids.random_bytes), clock, ids)


def _begin_trail(tx: Tx, settings: Settings, vault: Vault) -> None:
    """The private tree begins with what the node was founded with."""
    audit.open_tree(tx, audit.PRIVATE, f"{log_origin(settings)}/{audit.PRIVATE}")
    kids = [f"{record.use} {record.alg} {record.kid}" for record in vault.records()]
    audit.note(
        tx,
        "key",
        settings.authority,
        {"act": "found", "authority": settings.authority, "net": settings.net, "keys": kids},
    )


def _install(  # noqa: PLR0917 - what a ceremony brings together
    store: Store, settings: Settings, vault: Vault, request: founding.FoundingRequest, root: bytes, clock: Clock
) -> TrustSet:
    trust = ceremony.install(root, request, at_ms=clock.now_ms())
    keyset = _first_keyset(settings, vault, trust, clock, log_origin(settings))
    return _issue_first(store, vault, trust, keyset)


def _install_again(  # noqa: PLR0917 - what a ceremony brings together
    store: Store, settings: Settings, vault: Vault, request: founding.FoundingRequest, root: bytes, before: TrustSet,
    clock: Clock,
) -> TrustSet:  # fmt: skip
    """The trees begin anew here, so they bear another name than those of the lost node: a log never forks."""
    trust = succeed(before, root, request, at_ms=clock.now_ms())
    origin = f"{log_origin(settings)}/R{trust.root.ver}"
    keyset = _first_keyset(settings, vault, trust, clock, origin)
    keyset = inherit(keyset, before.keyset, at_ms=clock.now_ms())
    return _issue_first(store, vault, replace(trust, signed_keyset=None), keyset)


def _first_keyset(settings: Settings, vault: Vault, trust: TrustSet, clock: Clock, origin: str) -> Keyset:
    return first_keyset(
        trust.root,
        vault.records(),
        at_ms=clock.now_ms(),
        origin=origin,
        url=settings.url,
        contact=contact_of(settings.contact, settings.name),
        confidentiality=Confidentiality(ver=1, declaration=settings.confidentiality),
    )


def _issue_first(store: Store, vault: Vault, trust: TrustSet, keyset: Keyset) -> TrustSet:
    document = issue_keyset(keyset, vault.signers("keyset"))
    trust = trust.update_keyset(document)
    store.write_now(lambda tx: _keep(tx, trust, keyset, document))
    return trust


def _keep(tx: Tx, trust: TrustSet, keyset: Keyset, document: bytes) -> None:
    authority, newest = trust.authority, trust.root.ver
    for number, root in enumerate(trust.root_documents, 1):
        add_document(tx, authority, "root", under=number, version=number, document=root)
    add_document(tx, authority, "keyset", under=newest, version=keyset.ver, document=document)
    audit.rename_tree(tx, audit.PRIVATE, f"{keyset.log.origin}/{audit.PRIVATE}")
    audit.note(tx, "key", authority, {"act": "root", "digest": trust.digest, "keyset": trust.keyset_sha256})
