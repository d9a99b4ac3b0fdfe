"""What stands above every page of the desk while keys need somebody."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import func, select

from tests.given import TurnedClock
from tests.world import TABLES, World
from tracing.desk.context import Desk
from tracing.desk.pages.staleness import MOST_SHOWN, warnings_of
from tracing.trust.alarms import end_alarms, open_alarms, raise_alarm, say_done


def desk_of(w: World, authority: str) -> Desk:
    """The parts of a desk that the warnings are made of."""
    return cast("Desk", SimpleNamespace(partners=w[authority].partners, clock=w.clock, settings=w[authority].settings))


def labels(desk: Any) -> list[str]:
    return [str(one.label) for one in warnings_of(desk)]


def test_keys_that_need_somebody_stand_above_every_page(tmp_path: Path) -> None:
    clock = TurnedClock()
    w = World(tmp_path, clock)
    w.found("br")
    w.found("at")
    w.introduce("br", "at")
    br, desk = w["br"], desk_of(w, "br")
    assert labels(desk) == []
    clock.turn(timedelta(days=91))
    (stale,) = labels(desk)
    assert stale.startswith("The keys of Austria ended on 21 Feb 2027")
    clock.turn(timedelta(days=30))
    (held,) = labels(desk)
    assert held.startswith("Messages to Austria are held")
    for code in ("rollback", "freeze", "equivocation"):
        br.store.write_now(lambda tx, code=code: raise_alarm(tx, "at", code, f"a {code} was seen"))
    br.store.write_now(lambda tx: raise_alarm(tx, "br", "root-ends", "our root 1 ends soon"))
    br.partners.reload()
    shown = labels(desk)
    assert (len(shown), shown[-1]) == (MOST_SHOWN + 1, "2 more warnings about keys")
    for code in ("rollback", "freeze", "equivocation"):
        br.store.write_now(lambda tx, code=code: end_alarms(tx, "at", code))
    br.partners.reload()
    assert labels(desk)[1:] == ["Our own keys: our root 1 ends soon."]
    for node in w.nodes.values():
        node.close()


def test_an_alarm_a_person_closed_is_raised_anew_at_once_and_one_the_node_ended_is_not(tmp_path: Path) -> None:
    w = World(tmp_path, TurnedClock())
    w.found("br")
    store, leaves = w["br"].store, select(func.count()).select_from(TABLES["leaf"])

    def again(code: str) -> bool:
        return bool(store.write_now(lambda tx: raise_alarm(tx, "at", code, "it revoked 2 of its keys")))

    def count() -> int:
        return int(store.read_now(lambda view: view.conn.execute(leaves).scalar_one()))

    assert (again("keys-revoked"), again("keys-revoked")) == (True, False)
    (alarm,) = store.read_now(open_alarms)
    assert store.write_now(lambda tx: say_done(tx, alarm.id, "bea", "asked by telephone"))
    before = count()
    assert (again("keys-revoked"), again("keys-revoked")) == (True, False)
    assert (count(), len(store.read_now(open_alarms))) == (before + 1, 1)
    assert again("freeze")
    store.write_now(lambda tx: end_alarms(tx, "at", "freeze"))
    assert not again("freeze")
    w["br"].close()
