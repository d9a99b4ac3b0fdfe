"""The names of countries in the language of the page, as the United Nations write them.

Rules
- Where the UN's short name is the common one, the name is that of Unicode CLDR (Babel), which has all six languages.
- Where the two differ, and for countries that are no more (CLDR has no names for these), the UN's name stands here and
  in the catalogues, under the context ``country``: https://unstats.un.org/unsd/methodology/m49/ in each language.
- A code of no country is shown as it is.

    country_name("KOR")  ->  "République de Corée"
"""

from functools import cache
from typing import Any

from protocol.vocabulary import COUNTRIES, FORMER
from tracing.desk.pages.tongue import NP_, _, language

__all__ = ["country_name", "country_names"]

UN_NAMES = {
    "BOL": NP_("country", "Bolivia (Plurinational State of)"), "BRN": NP_("country", "Brunei Darussalam"),
    "CIV": NP_("country", "Côte d'Ivoire"), "COD": NP_("country", "Democratic Republic of the Congo"),
    "COG": NP_("country", "Congo"), "CPV": NP_("country", "Cabo Verde"), "CZE": NP_("country", "Czechia"),
    "FLK": NP_("country", "Falkland Islands (Malvinas)"), "FSM": NP_("country", "Micronesia (Federated States of)"),
    "GBR": NP_("country", "United Kingdom"), "HKG": NP_("country", "Hong Kong, China"),
    "IRN": NP_("country", "Iran (Islamic Republic of)"), "KOR": NP_("country", "Republic of Korea"),
    "LAO": NP_("country", "Lao People's Democratic Republic"), "MAC": NP_("country", "Macao, China"),
    "MDA": NP_("country", "Republic of Moldova"), "MKD": NP_("country", "North Macedonia"),
    "MMR": NP_("country", "Myanmar"), "NLD": NP_("country", "Netherlands (Kingdom of the)"),
    "PRK": NP_("country", "Democratic People's Republic of Korea"), "PSE": NP_("country", "State of Palestine"),
    "RUS": NP_("country", "Russian Federation"), "STP": NP_("country", "Sao Tome and Principe"),
    "SWZ": NP_("country", "Eswatini"), "SYR": NP_("country", "Syrian Arab Republic"),
    "TLS": NP_("country", "Timor-Leste"), "TUR": NP_("country", "Türkiye"),
    "TZA": NP_("country", "United Republic of Tanzania"), "USA": NP_("country", "United States of America"),
    "VAT": NP_("country", "Holy See"), "VEN": NP_("country", "Venezuela (Bolivarian Republic of)"),
    "VGB": NP_("country", "British Virgin Islands"), "VIR": NP_("country", "United States Virgin Islands"),
    "VNM": NP_("country", "Viet Nam"),
}  # fmt: skip
NO_MORE = {
    "AFI": NP_("country", "French Afars and Issas"), "ANT": NP_("country", "Netherlands Antilles"),
    "ATB": NP_("country", "British Antarctic Territory"), "ATN": NP_("country", "Dronning Maud Land"),
    "BUR": NP_("country", "Burma"), "BYS": NP_("country", "Byelorussian SSR"),
    "CSK": NP_("country", "Czechoslovakia"), "CTE": NP_("country", "Canton and Enderbury Islands"),
    "DDR": NP_("country", "German Democratic Republic"), "DHY": NP_("country", "Dahomey"),
    "FXX": NP_("country", "France, Metropolitan"), "GEL": NP_("country", "Gilbert and Ellice Islands"),
    "HVO": NP_("country", "Upper Volta"), "JTN": NP_("country", "Johnston Island"),
    "MID": NP_("country", "Midway Islands"), "NHB": NP_("country", "New Hebrides"),
    "NTZ": NP_("country", "Neutral Zone"), "PCI": NP_("country", "Pacific Islands (Trust Territory)"),
    "PCZ": NP_("country", "Panama Canal Zone"),
    "PUS": NP_("country", "United States Miscellaneous Pacific Islands"),
    "RHO": NP_("country", "Southern Rhodesia"), "SCG": NP_("country", "Serbia and Montenegro"),
    "SKM": NP_("country", "Sikkim"), "SUN": NP_("country", "Soviet Union"), "TMP": NP_("country", "East Timor"),
    "VDR": NP_("country", "Democratic Republic of Viet Nam"), "WAK": NP_("country", "Wake Island"),
    "YMD": NP_("country", "Democratic Yemen"), "YUG": NP_("country", "Yugoslavia"), "ZAR": NP_("country", "Zaire"),
}  # fmt: skip


def country_name(code: Any) -> str:
    """The name of a country from its alpha-3 code; the code itself when there is none of that name."""
    wanted = str(code or "")
    named = UN_NAMES.get(wanted) or NO_MORE.get(wanted)
    if named:
        return _(named)
    found = COUNTRIES.get(wanted)
    if found is None:
        return wanted
    return _territories(language()).get(found.alpha_2 or "", found.name)


def country_names() -> list[tuple[str, str]]:
    """Code and name of every country there is or was, by name."""
    names = ((code, country_name(code)) for code in (*COUNTRIES, *FORMER))
    return sorted(names, key=lambda each: each[1].casefold())


@cache
def _territories(spoken: str) -> dict[str, str]:
    """The names of CLDR by alpha-2; those of English are ours already."""
    if spoken == "en":
        return {}
    from babel import Locale

    return dict(Locale.parse(spoken).territories)
