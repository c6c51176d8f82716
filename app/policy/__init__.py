"""The statutes as pure functions: standard library only, no I/O and no clock.

Dates, calendars and rules come in as arguments; decisions go out as frozen values that name their ground.
"""
