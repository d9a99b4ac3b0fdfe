"""Writes the published schemas: ``python -m tests.domain.make_schemas``, or ``make schemas``."""

import json
from pathlib import Path
from typing import Any

from protocol import schemas

FOLDER = Path(schemas.__file__).parent


def text_of(document: Any) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    for path, document in schemas.published().items():
        (FOLDER / path).write_text(text_of(document), "utf-8")


if __name__ == "__main__":
    main()
