"""What does the hub answer when a person asks what happened, and who knows of it?"""

from __future__ import annotations

from typing import Literal

from hub.reporting.account import Report
from hub.reporting.plain import as_json, comma_separated
from hub.reporting.table import table

Format = Literal["table", "csv", "json"]


def render(report: Report, form: Format) -> str:
    """Write a report in one of its forms; the text ends in a line break."""
    forms = {"table": table, "csv": comma_separated, "json": as_json}
    return forms[form](report)
