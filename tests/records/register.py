"""A small national register in a real store, for tests of finding and proposing."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from tests.given import new_store
from tracing.records.importing import Row
from tracing.records.mapping import Mapping
from tracing.records.national import add, batches, read_records
from tracing.records.sheets import Sheet
from tracing.store import Store

__all__ = ["HEADER", "LIST", "filled_store", "rows_of", "take"]

HEADER = "registry,serial,make,model,calibre,event,date,state,licence,party"
LIST = (
    "exports,KXH411,Glock,17,9x19 mm,exported,2016-04-02,BRA,EX-1,Ministry of Interior",
    "manufacture,KXH411,Glock,17,9x19 mm,manufactured,2015-11-30,,,",
    "exports,SD5500O,Steyr,AUG,5.56x45 mm,exported,2012,KEN,EX-2,",
    "stolen,TDX9021,Taurus,PT 92,9x19 mm,stolen,2018-07,,,",
    "dealers,TDX9022,Taurus,PT 92,9x19 mm,transferred,2017-01-05,,L-7,Dealer Ltd",
    "dealers,TDX9023,Taurus,PT 92,9x19 mm,transferred,2017-01-05,,L-8,Dealer Ltd",
    "imports,IMP777,Beretta,92,9x19 mm,imported,2001-02-03,ITA,IM-1,",
    "army,ARM1009,FN,FAL,7.62x51 mm,state_stock,1979-05-01,,,Armed forces",
    "exports,OLD4455,CZ,75,9x19 mm,exported,1988-01-01,CSK,EX-3,",
    "manufacture,MAN3131,Glock,19,9x19 mm,manufactured,2019-01-01,,,",
    "manufacture,E?2963,Glock,26,9x19 mm,manufactured,2010,,,",
    "manufacture,SAME99,Glock,17,9x19 mm,manufactured,2010,,,",
    "manufacture,SAME99,Steyr,M9,9x19 mm,manufactured,2011,,,",
)


def rows_of(lines: tuple[str, ...], name: str = "register.csv", mapping: Mapping | None = None) -> list[Row]:
    """The rows of a list of records."""
    mapping = mapping or Mapping.standard("national_records")
    file = BytesIO("\n".join((HEADER, *lines)).encode())
    return list(read_records(Sheet(name, file, mapping), mapping))


def take(store: Store, rows: list[Row]) -> int:
    """Store rows as the import does; returns how many were new."""
    return sum(store.write_now(lambda tx, batch=batch: add(tx, batch)) for batch in batches(rows))  # type: ignore[misc]


@contextmanager
def filled_store(folder: Path, lines: tuple[str, ...] = LIST) -> Iterator[Store]:
    """A store that holds the register."""
    store = new_store(folder)
    take(store, rows_of(lines))
    yield store
    store.close()
