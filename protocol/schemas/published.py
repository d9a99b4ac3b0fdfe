"""Every published document by its path: one schema a kind, those of the wire, the vocabulary, and an index of all."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from protocol.messages import KINDS
from protocol.messages.origins import ORIGINS
from protocol.schemas.bodies import body_schema
from protocol.schemas.spelling import DIALECT
from protocol.schemas.wire import wire_schemas
from protocol.vocabulary import CALIBRES, COUNTRIES, FORMER, LISTS, rows
from protocol.vocabulary.calibres import RIMS

__all__ = ["published"]


@cache
def published() -> Mapping[str, Any]:
    """Path in this folder -> document."""
    bodies = {f"{message.KIND}.json": body_schema(message) for message in KINDS.values()}
    wire = {f"wire/{name}.json": schema for name, schema in wire_schemas().items()}
    return MappingProxyType({"index.json": _index(), "vocabulary.json": _vocabulary(), **bodies, **wire})


def _index() -> dict[str, Any]:
    return {
        "dialect": DIALECT,
        "bodies": {
            message.TYPE: {
                "schema": f"{message.KIND}.json",
                "number": ORIGINS[message.KIND].number,
                "sources": [source.value for source in ORIGINS[message.KIND].sources],
            }
            for message in KINDS.values()
        },
        "wire": {name: f"wire/{name}.json" for name in wire_schemas()},
        "vocabulary": "vocabulary.json",
    }


def _vocabulary() -> dict[str, Any]:
    """Every word of every list with its source; countries with their successors; calibres with their other names."""
    lists: dict[str, list[dict[str, str]]] = {name: [] for name in LISTS}
    for name, word, source in rows():
        lists[name].append({"word": word, "source": source})
    return {
        "lists": lists,
        "countries": {code: one.name for code, one in COUNTRIES.items()},
        "former": {
            code: {"name": one.name, "until": one.until, "successors": list(one.successors)}
            for code, one in FORMER.items()
        },
        "rims": {mark: word for mark, word in RIMS.items() if mark},
        "calibres": [
            {
                "name": one.name, "bore_mm": one.bore_mm, "case_mm": one.case_mm, "rim": one.rim,
                "aliases": list(one.aliases), "near": list(one.near), "source": one.source.value,
            }
            for one in CALIBRES
        ],
    }  # fmt: skip
