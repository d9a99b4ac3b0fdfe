"""Drives a node through its exchange address and says, for each rule of the wire, pass or fail.

    python -m tests.conformance card FOLDER --listen 127.0.0.1:9180      once: the kit's keys, and the card to pin
    python -m tests.conformance URL --card NODE.card --kit FOLDER        then: every rule, one line each
    python -m tests.conformance rules                                    the table of rules

Exit: 0 every rule that ran passed, 3 some failed, 2 the kit could not begin.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from keys.card import Card, groups
from keys.errors import KeysError
from keys.trust import TrustSet
from tests.conformance import checks
from tests.conformance.author import Author, now_ms
from tests.conformance.link import Link
from tests.conformance.rules import RULES, Finding, run

assert checks.__all__, "importing the checks fills the table"


def main(argv: Sequence[str] | None = None) -> int:
    """The command."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["rules"]:
        say(*(f"{one.id}  {one.sentence}" for one in RULES.values()))
        return 0
    if words[:1] == ["card"]:
        return make_card(words[1:])
    return drive(words)


def make_card(argv: Sequence[str]) -> int:
    """``card``: keys and a card for the kit."""
    parser = argparse.ArgumentParser(prog="tests.conformance card")
    parser.add_argument("folder", type=Path, help="where the kit keeps its keys and its card")
    parser.add_argument("--listen", required=True, metavar="HOST:PORT", help="where the node will find the kit")
    parser.add_argument("--authority", default="kit", help="what the kit calls itself (kit)")
    parser.add_argument("--country", default="XXA", help="three letters (XXA)")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    author = Author.made(given.authority, given.country, "training", f"http://{given.listen}")
    author.save(given.folder)
    card = given.folder / "kit.card"
    say(json.dumps({"card": str(card), "digest": author.digest}) if given.json else f"{card}\n{groups(author.digest)}")
    return 0


def drive(argv: Sequence[str]) -> int:
    """The rules against a node."""
    given = read(argv)
    try:
        author, card = Author.of(given.kit), Card.read(given.card.read_bytes())
        node = TrustSet.of_card(card, given.confirm or card.digest, author.net, at_ms=now_ms())
    except (OSError, KeysError, ValueError, KeyError) as error:
        sys.stderr.write(f"cannot begin: {error}\n")
        return 2
    commands = {name: getattr(given, name) for name in ("admit", "request") if getattr(given, name)}
    link = Link(author, node, given.url, patience_s=given.patience, commands=commands)
    try:
        findings = asyncio.run(judge(link, given.only or [""], quiet=given.json))
    except OSError as error:
        sys.stderr.write(f"cannot begin: {error}\n")
        return 2
    author.save(given.kit)
    failed = [one for one in findings if one.verdict == "fail"]
    if given.json:
        say(json.dumps(summary(findings)))
    else:
        ran = [one for one in findings if one.verdict != "not run"]
        say(f"{len(ran)} rules, {len(failed)} failed, {len(findings) - len(ran)} not run")
    return 3 if failed else 0


def read(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.conformance", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("url", help="the exchange address of the node, such as http://127.0.0.1:8470")
    parser.add_argument("--card", type=Path, required=True, help="the card of the node")
    parser.add_argument("--confirm", help="the digest of that card, as compared; else the card's own is taken")
    parser.add_argument("--kit", type=Path, required=True, help="the folder of `card`, whose card the node has pinned")
    parser.add_argument("--admit", metavar="COMMAND", help="makes the node pin a card: {card} and {digest} are put in")
    parser.add_argument("--request", metavar="COMMAND", help="makes an officer of the node send the kit a request")
    parser.add_argument("--only", action="append", metavar="ID", help="rules whose id begins so; may be repeated")
    parser.add_argument("--patience", type=float, default=5.0, metavar="SECONDS", help="for what is opened (5)")
    parser.add_argument("--json", action="store_true", help="one JSON document at the end, no lines")
    return parser.parse_args(argv)


async def judge(link: Link, only: Sequence[str], *, quiet: bool) -> list[Finding]:
    """Every rule in turn, said as it is found."""
    host, _, port = (link.author.url or "").removeprefix("http://").rpartition(":")
    findings = []
    async with link.open(host, int(port)):
        for one in [rule for name, rule in RULES.items() if name.startswith(tuple(only))]:
            findings.append(finding := await run(one, link))
            if not quiet:
                why = f"\n         {finding.why}" if finding.why else ""
                say(f"{finding.verdict:7}  {one.id}  {one.sentence}{why}")
    return findings


def summary(findings: Sequence[Finding]) -> dict[str, object]:
    rules = [{"id": one.rule.id, "verdict": one.verdict, "why": one.why} for one in findings]
    return {"failed": [one.rule.id for one in findings if one.verdict == "fail"], "rules": rules}


def say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
