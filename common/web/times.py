"""Dates and times as pages write them: found in a text, and parsed.

    moment("发表于 2015-3-2 10:11")          # datetime(2015, 3, 2, 10, 11)

Chinese, English, German and French; relative ones ("3 hours ago", "昨天 10:11") are found, and parsed where `now` is given.
"""

import re
from datetime import datetime, timedelta

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ["january", "jan", "januar", "janvier", "janv", "jänner"],
            ["february", "feb", "februar", "février", "fevrier", "fév", "févr"],
            ["march", "mar", "märz", "mrz", "mär", "mars"],
            ["april", "apr", "avril", "avr"],
            ["may", "mai"],
            ["june", "jun", "juni", "juin"],
            ["july", "jul", "juli", "juillet", "juil"],
            ["august", "aug", "août", "aout"],
            ["september", "sep", "sept", "septembre"],
            ["october", "oct", "oktober", "okt", "octobre"],
            ["november", "nov", "novembre"],
            ["december", "dec", "dezember", "dez", "décembre", "decembre", "déc"],
        ),
        start=1,
    )
    for name in names
}
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
CLOCK = (
    r"(?P<hour>[01]?\d|2[0-3])(?:[:：hH]|\s*[时時点點]\s*)(?P<minute>[0-5]\d)(?:\s*分)?(?:[:：](?P<second>[0-5]\d))?"
    r"(?P<half>\s*[ap]\.?m\b\.?)?"
)
BETWEEN = r"(?:[\s,，|·•–—@T-]|\b(?:at|um|à|um|uhr|on|the)\b|\([^)]{1,12}\)|星期.|周.|[上下]午|，){0,8}"
YEAR = r"(?P<year>(?:19|20)\d\d)"
DATES = (
    rf"{YEAR}\s*[-/.年]\s*(?P<month>1[0-2]|0?[1-9])\s*[-/.月]\s*(?P<day>3[01]|[12]\d|0?[1-9])(?!\d)\s*[日号]?",
    rf"(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th|er|\.)?[\s.-]*(?:of\s+)?(?P<named>{MONTH})\b[.,]?[\s.,-]*{YEAR}",
    rf"\b(?P<named>{MONTH})\b\.?\s*(?P<day>3[01]|[12]\d|0?[1-9])(?!\d)(?:st|nd|rd|th)?[\s,]*(?:{YEAR}|'(?P<short>\d\d))",
    rf"(?<!\d)(?P<day>3[01]|[12]\d|0?[1-9])-(?P<named>{MONTH})-(?P<short>\d\d)(?!\d)",
    r"(?<!\d)(?P<first>\d{1,2})(?P<mark>[-/.])(?P<other>\d{1,2})(?P=mark)(?P<short>(?:19|20)?\d\d)(?![\d:])",
    rf"\b(?P<named>{MONTH})\b\.?\s*(?P<day>3[01]|[12]\d|0?[1-9])(?!\d)(?:st|nd|rd|th)?",
    r"(?<!\d)(?P<month>1[0-2]|0?[1-9])\s*[-月]\s*(?P<day>3[01]|[12]\d|0?[1-9])(?!\d)\s*日?(?=\s*\d{1,2}[:：])",
)
RELATIVE = (
    r"(?P<amount>(?<!\d)\d{1,4}|an?|one|einem|einer|un|une|半)\s*(?:个|個)?\s*(?P<unit>秒|分钟|分鐘|小时|小時|天|日|周|月|年|seconds?|minutes?|mins?|hours?|days?|"
    r"weeks?|months?|years?|sekunden?|minuten?|stunden?|tag(?:en)?|wochen?|monat(?:en)?|jahr(?:en)?|heures?|jours?|semaines?|mois|ans?)"
    r"\s*(?:前|ago\b)|(?:vor|il y a)\s+(?P<amount2>\d{1,4}|einem|einer|un|une)\s+(?P<unit2>\w+)"
)
DAYS = r"(?P<ago>今天|昨天|前天|today|yesterday|heute|gestern|aujourd'hui|hier)"
NAMED_DAYS = {
    **dict.fromkeys(("今天", "today", "heute", "aujourd'hui"), 0),
    **dict.fromkeys(("昨天", "yesterday", "gestern", "hier"), 1),
    "前天": 2,
}
LENGTHS = (  # beginnings of units, in seconds; the first that fits
    (("秒", "sec", "sek"), 1),
    (("分", "min"), 60),
    (("小", "hour", "stund", "heure"), 3600),
    (("天", "日", "day", "tag", "jour"), 86400),
    (("周", "week", "woche", "semaine"), 7 * 86400),
    (("月", "month", "monat", "mois"), 30 * 86400),
    (("年", "year", "jahr", "an"), 365 * 86400),
)
ABSOLUTE = [re.compile(rf"{date}(?:{BETWEEN}{CLOCK})?", re.IGNORECASE) for date in DATES] + [
    re.compile(rf"{CLOCK}{BETWEEN}{date}", re.IGNORECASE) for date in DATES[:-1]
]
NEAR = [re.compile(rf"{DAYS}{BETWEEN}{CLOCK}", re.IGNORECASE), re.compile(RELATIVE, re.IGNORECASE)]
ANY_DIGIT = re.compile(r"\d|昨天|前天|一|半|\ban?\b|eine", re.IGNORECASE)


def find(text):
    """The first date of a text as `re.Match`, the longest of those that begin there; `None` where there is none."""
    if not ANY_DIGIT.search(text):
        return None
    found = [match for pattern in (*ABSOLUTE, *NEAR) if (match := pattern.search(text))]
    return min(found, key=lambda match: (match.start(), -match.end()), default=None)


def moment(text, now=None, day_first=None):
    """The time that a text says, a `datetime` to the minute; `None` where it says none, or one that needs `now`.

    Args:
        text: such as "12. März 2019, 16:38".
        now: when the page was fetched, for "3 hours ago".
        day_first: whether 3/4/2019 is in April; `None` takes points and dashes for day first and strokes for month first.
    """
    match = find(text)
    if match is None:
        return None
    parts = {name: value for name, value in match.groupdict().items() if value}
    try:
        if "ago" in parts or "unit" in parts or "unit2" in parts:
            return None if now is None else _relative(parts, now)
        year, month, day = _date(parts, day_first, now)
        hour, minute = _clock(parts)
        return datetime(year, month, day, hour, minute)
    except (ValueError, TypeError):  # 31 February
        return None


def _date(parts, day_first, now):
    if "first" in parts:
        first, other, year = int(parts["first"]), int(parts["other"]), int(parts["short"])
        year += 2000 if year < 70 else 1900 if year < 100 else 0
        if day_first is None:
            day_first = parts["mark"] != "/"
        day, month = (first, other) if (day_first or first > 12) and other <= 12 else (other, first)
        return year, month, day
    month = MONTHS[parts["named"].lower()] if "named" in parts else int(parts["month"])
    if "short" in parts:
        return 2000 + int(parts["short"]) - 100 * (int(parts["short"]) >= 70), month, int(parts["day"])
    year = int(parts["year"]) if "year" in parts else None if now is None else now.year
    return year, month, int(parts["day"])


def _clock(parts):
    hour = int(parts.get("hour", 0))
    half = parts.get("half", "").strip().lower()[:1]
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour, int(parts.get("minute", 0))


def _relative(parts, now):
    if "ago" in parts:
        day = now - timedelta(days=NAMED_DAYS[parts["ago"].lower()])
        return day.replace(**dict(zip(("hour", "minute"), _clock(parts), strict=True)), second=0, microsecond=0)
    amount = parts.get("amount") or parts.get("amount2")
    unit = (parts.get("unit") or parts.get("unit2")).lower()
    number = int(amount) if amount.isdigit() else 0.5 if amount == "半" else 1
    length = next((seconds for names, seconds in LENGTHS if unit.startswith(names)), None)
    return None if length is None else (now - timedelta(seconds=number * length)).replace(second=0, microsecond=0)
