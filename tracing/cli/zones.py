"""What a new node takes as usual in its country: the time zone its days are counted in, and its weekend."""

from importlib import resources

from protocol.vocabulary.countries import COUNTRIES
from tracing.settings.model import WEEK

__all__ = ["weekend_of", "zone_of"]

# Where a country has several zones: the one of its seat of government.
SEATS = {
    "ARG": "America/Argentina/Buenos_Aires", "AUS": "Australia/Sydney", "BRA": "America/Sao_Paulo",
    "CAN": "America/Toronto", "CHL": "America/Santiago", "CHN": "Asia/Shanghai", "COD": "Africa/Kinshasa",
    "CYP": "Asia/Nicosia", "DEU": "Europe/Berlin", "ECU": "America/Guayaquil", "ESP": "Europe/Madrid",
    "FSM": "Pacific/Pohnpei", "IDN": "Asia/Jakarta", "KAZ": "Asia/Almaty", "KIR": "Pacific/Tarawa",
    "MEX": "America/Mexico_City", "MHL": "Pacific/Majuro", "MNG": "Asia/Ulaanbaatar", "MYS": "Asia/Kuala_Lumpur",
    "NZL": "Pacific/Auckland", "PNG": "Pacific/Port_Moresby", "PRT": "Europe/Lisbon", "PSE": "Asia/Hebron",
    "RUS": "Europe/Moscow", "UKR": "Europe/Kyiv", "USA": "America/New_York", "UZB": "Asia/Tashkent",
}  # fmt: skip


def zone_of(country: str) -> str:
    """The zone of an alpha-3 country; UTC where nothing is known, for the administrator to correct."""
    known = COUNTRIES.get(country)
    if known is None or country in SEATS:
        return SEATS.get(country, "UTC")
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    zones = [row[2] for row in rows if row[0] == known.alpha_2]
    return zones[0] if len(zones) == 1 else "UTC"


def weekend_of(country: str) -> tuple[str, ...]:
    """The days of rest of an alpha-3 country; Saturday and Sunday where nothing is known."""
    import holidays

    try:
        days = holidays.country_holidays(country).weekend
    except NotImplementedError:
        return ("saturday", "sunday")
    return tuple(WEEK[day] for day in sorted(days))
