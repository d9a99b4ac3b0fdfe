"""Lists of requests as an office would upload them; the serials are invented."""

from pathlib import Path

__all__ = ["write_list"]

HEADER = "type,make,model,calibre,country,serial,citation,found,date,place,circumstances,reference\n"
ROW = "pistol,Glock,17,9x19 mm,AUT,{name},Firearms Act s. 5,seized,2026-03-0{day},Harbour,search,R-{name}\n"


def write_list(source: Path, count: int, name: str) -> None:
    """So many rows; ``name`` begins every serial, so that no two lists have one in common."""
    rows = (ROW.format(name=f"{name}{number:05d}", day=number % 9 + 1) for number in range(count))
    source.write_text(HEADER + "".join(rows))
