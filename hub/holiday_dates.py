"""On which dates of the coming years is a public holiday where a home lies?"""

from __future__ import annotations

from datetime import date

YEARS_AHEAD = 2


def holiday_dates(country: str, subdivision: str | None, today: date) -> frozenset[date] | None:
    """Return the public holidays of last year to the year after next; `None` where nobody knows them."""
    try:
        from holidays import country_holidays, list_supported_countries
    except ImportError:
        return None
    known = list_supported_countries()
    if country not in known:
        return None
    # A part of a country that has no list of its own keeps the holidays of the country.
    part = subdivision if subdivision in known[country] else None
    years = range(today.year - 1, today.year + YEARS_AHEAD + 1)
    return frozenset(country_holidays(country, subdiv=part, years=years))
