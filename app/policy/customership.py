"""When a customership has ended because nothing happened any more (Article 5(1)(e); the notice's F82 and N20)."""

from datetime import date, timedelta

from app.policy.deadlines import nominal


def active_since(today: date, months: int) -> date:
    """The first day on which an interaction still keeps a customership that `months` without one end.

    A person whose last interaction came earlier is proposed to a human; nothing ends by itself (F97).
    """
    day = nominal(today, -months)
    while nominal(day, months) < today:  # the last days of short months lead to the same day
        day += timedelta(days=1)
    return day
