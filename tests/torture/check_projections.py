"""What stands must be what the events say."""

from collections.abc import Iterable, Iterator

from tests.torture.facts import Facts, Row

_OF_STATE = ("action", "occurred_at", "recorded_at", "wording_id", "wording_version", "wording_language")


def standing(events: Iterable[Row]) -> dict[tuple[str, str, str], Row]:
    """The event that decides each person, purpose and channel."""
    stands: dict[tuple[str, str, str], Row] = {}
    for event in sorted(events, key=_deciding):
        for channel in event["channels"] if event["customer_id"] else ():
            stands[event["customer_id"], event["purpose"], channel] = event
    return stands


def consents(facts: Facts) -> Iterator[str]:
    """The state of each living person, purpose and channel is that of the event that decides it.

    Of somebody erased in part, whose states went and whose record stayed, the states that came since are compared.
    """
    living = {row["id"] for row in facts["customers"] if row["erased_at"] is None}
    in_part = {row["id"] for row in facts["customers"] if row["erasure_request_id"] is not None}
    stands = standing(event for event in facts["consent_events"] if event["customer_id"] in living)
    events = {event["id"]: event for event in facts["consent_events"]}
    states = {(row["customer_id"], row["purpose"], row["channel"]): row for row in facts["consent_states"]}
    for key in sorted(stands.keys() | states.keys()):
        state = states.get(key)
        event = stands.get(key)
        if key[0] in in_part:
            event = events.get(state["event"]) if state else None
        if (event is None) != (state is None):
            yield f"consent state without event, or event without state: {key}"
        elif event and state and (state["event"] != event["id"] or any(state[n] != event[n] for n in _OF_STATE)):
            yield f"consent state {key} is not what its events say"


def _deciding(event: Row) -> tuple[str, bool, str, str]:
    return event["occurred_at"], event["action"] == "withdrawn", event["recorded_at"], event["id"]


def suppressions(facts: Facts) -> Iterator[str]:
    """What is suppressed is what the last of its events says."""
    stands: dict[tuple[str, str, str], tuple[str, bool]] = {}
    for event in facts["suppression_events"]:
        key = (event["address_hash"], event["purpose"], event["channel"])
        entry = (event["since"], event["state"] == "suppressed")
        stands[key] = max(stands.get(key, entry), entry)
    states = {
        (row["address_hash"], row["purpose"], row["channel"]): (row["since"], row["state"] == "suppressed")
        for row in facts["suppressions"]
    }
    for key in sorted(stands.keys() | states.keys()):
        if stands.get(key) != states.get(key):
            yield f"suppression {key} is {states.get(key)}, but its events say {stands.get(key)}"
