"""keys/README.md: which cards a node may believe. The node's own command for pinning is needed: ``--admit``."""

import tempfile
from pathlib import Path

from tests.conformance.author import Author, now_ms
from tests.conformance.cards import Card, cards
from tests.conformance.link import Link, expect
from tests.conformance.rules import rule

__all__: list[str] = []

SENTENCES = {
    "K-01": "A card is believed by the digest that two officers compared, and by no other.",
    "K-02": "Keys not canonical, not on their curve, not of prime order or not honestly drawn are refused.",
    "K-03": "A key has one owner, one use and the kid of its bytes.",
    "K-04": "Roots and keysets bear every signature that is required, by those who have a part in them.",
    "K-05": "A root that breaks a rule of its members is refused.",
    "K-06": "A keyset that breaks a rule of its members is refused.",
}


def made(link: Link) -> list[Card]:
    """The cards of an authority that is new to the node."""
    if not link.cards:
        net, country, at_ms = link.author.net, link.author.country, now_ms()
        author, other = (Author.made(f"kit.{name}", country, net, None, at_ms=at_ms) for name in ("new", "other"))
        link.cards = list(cards(author, other, at_ms))
    return link.cards


async def pinned(link: Link, card: Card) -> bool:
    """Whether the node's command takes a card."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "kit.card"
        file.write_bytes(card.card)
        return await link.command("admit", card=str(file), digest=card.pin) == 0


def put(name: str, sentence: str) -> None:
    @rule(name, sentence, needs="admit")
    async def check(link: Link) -> None:
        for card in made(link):
            if card.rule == name:
                expect(not await pinned(link, card), f"believed: {card.name}")


for each, words in SENTENCES.items():
    put(each, words)


@rule("K-07", "A card that breaks no rule is believed, members of a later version in it or not.", needs="admit")
async def good(link: Link) -> None:
    card = next(one for one in reversed(made(link)) if one.is_good)
    expect(await pinned(link, card), f"not believed: {card.name}")
