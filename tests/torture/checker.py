"""Judges what a database holds: whole by itself, and in accord with what the clients were told.

It knows the tables and the promises, and none of the service's code.
"""

from collections import Counter
from collections.abc import Iterator

from tests.torture import check_erasures, check_projections
from tests.torture.facts import Facts, Row, plain
from tests.torture.journal import Call, Journal


def whole(facts: Facts) -> list[str]:
    """Faults that show without knowing what the clients sent: halves, and changes without their audit rows."""
    checks = (
        _customers(facts),
        _dealings(facts),
        _consents(facts),
        _requests(facts),
        _letters(facts),
        _keys(facts),
        check_projections.consents(facts),
        check_projections.suppressions(facts),
        check_erasures.carried_out(facts),
        check_erasures.not_begun(facts),
    )
    return [*facts.broken, *(fault for check in checks for fault in check)]


def accords(facts: Facts, journal: Journal) -> list[str]:
    """Faults against the clients: something acknowledged that is not there, or there twice."""
    checks = (_acknowledged(facts, journal), _audited(facts, journal))
    return [*journal.faults, *(fault for check in checks for fault in check)]


def rows_about(facts: Facts, entity: str, *actions: str) -> list[Row]:
    """Audit rows of these actions on one kind of record."""
    return [row for row in facts["audit_events"] if row["entity"] == entity and row["action"] in actions]


def counted(rows: list[Row], column: str) -> Counter[str]:
    """How many rows there are for each value, ids as plain hex."""
    return Counter(plain(row[column]) for row in rows)


def _same(what: str, expected: Counter[str], found: Counter[str]) -> Iterator[str]:
    for name in sorted(expected.keys() | found.keys()):
        if expected[name] != found[name]:
            yield f"{what}: {found[name]} for {name} instead of {expected[name]}"


def _customers(facts: Facts) -> Iterator[str]:
    """Each person was registered by one audited operation and changed by as many as its version says."""
    living = {row["id"]: row for row in facts["customers"] if row["erased_at"] is None}
    made, changed = (rows_about(facts, "customer", action) for action in ("register", "update"))
    if len(made) != len(facts["customers"]):
        yield f"{len(facts['customers'])} customers, but {len(made)} audit rows of their registration"
    registered, updated = counted(made, "subject_key"), counted(changed, "subject_key")
    referred = counted(facts["customer_references"], "customer_id")
    for row in living.values():
        if registered[row["audit_key"]] != 1 or not referred[row["id"]]:
            yield f"customer {row['id']} is there without its reference or its registration"
        if row["erasure_request_id"] is None and updated[row["audit_key"]] != row["version"] - 1:
            yield f"customer {row['id']} has version {row['version']} after {updated[row['audit_key']]} updates"
    yield from (f"a reference leads to no living customer: {name}" for name in referred.keys() - living.keys())


def _dealings(facts: Facts) -> Iterator[str]:
    """Each purchase and booking has its audit row and each purchase its voucher, and none is left of an erased one."""
    living = {row["id"] for row in facts["customers"] if row["erased_at"] is None}
    numbers = {(row["system"], row["order_id"]) for row in facts["vouchers"]}
    executed = {row["id"] for row in facts["subject_requests"] if row["executed_at"] is not None}
    binding = [row for row in facts["verdicts"] if row["request_id"] in executed]
    erased = {row["holding"] for row in binding if row["verdict"] == "erase"}
    for table, entity in (("purchases", "purchase"), ("bookings", "booking")):
        put = counted(rows_about(facts, entity, "put"), "entity_id")
        going = {name.split(":")[1] for name in erased if name.startswith(f"{entity}:")}
        for row in facts[table]:
            if row["customer_id"] not in living:
                yield f"a row of {table} belongs to nobody living: {row['id']}"
            if not put[row["id"]]:
                yield f"a row of {table} has no audit row: {row['id']}"
            if table == "purchases" and (row["system"], row["order_id"]) not in numbers:
                yield f"purchase {row['id']} has no voucher"
        gone = put.keys() - {row["id"] for row in facts[table]} - {plain(name) for name in going}
        yield from (f"an audited row of {table} is gone and no erasure took it: {name}" for name in sorted(gone))


def _consents(facts: Facts) -> Iterator[str]:
    """Each consent event was written by one audited operation: alone, in a batch, or by a request."""
    single = counted(rows_about(facts, "consent", "given", "withdrawn"), "entity_id")
    together = {(row["client_id"], row["at"]) for row in rows_about(facts, "consent", "batch")}
    received = {(row["client_id"], row["at"]) for row in rows_about(facts, "subject_request", "receive")}
    for row in facts["consent_events"]:
        at = (row["client_id"], row["recorded_at"])
        if not single[row["id"]] and at not in together and at not in received:
            yield f"consent event {row['id']} has no audit row"
    named = {row["id"] for row in facts["consent_events"]}
    yield from (f"an audited consent event is gone: {name}" for name in sorted(single.keys() - named))
    stored = counted(facts["consent_events"], "event_id")
    yield from (f"consent event {name} is stored {n} times" for name, n in stored.items() if n > 1)


def _requests(facts: Facts) -> Iterator[str]:
    """Requests are numbered without gaps; each was received once and decided at most once, on record and on trail."""
    requests = facts["subject_requests"]
    ids = counted(requests, "id")
    yield from _same("received", ids, counted(rows_about(facts, "subject_request", "receive"), "entity_id"))
    events = [row for row in facts["request_events"] if row["kind"] == "received"]
    yield from _same("timeline begun", ids, counted(events, "request_id"))
    numbers = sorted(int(row["case_number"].split("-")[1]) for row in requests)
    last = sum(row["last"] for row in facts["case_numbers"])
    if numbers != list(range(1, last + 1)):
        yield f"{len(numbers)} case numbers up to {last}"
    decided = counted(facts["decisions"], "request_id")
    yield from _same("decided", decided, counted(rows_about(facts, "subject_request", "decide"), "entity_id"))
    yield from (f"request {name} is decided {n} times" for name, n in decided.items() if n != 1)
    last_event = {row["request_id"]: row for row in sorted(facts["request_events"], key=lambda row: str(row["id"]))}
    for row in requests:
        if row["id"] in last_event and last_event[row["id"]]["state"] != row["state"]:
            yield f"request {row['id']} is {row['state']}, and its timeline ends otherwise"
        if row["right"] == "erasure" and (row["state"] != "received") != bool(decided[row["id"]]):
            yield f"request {row['id']} is {row['state']} with {decided[row['id']]} decisions"


def _letters(facts: Facts) -> Iterator[str]:
    """Letters are numbered without gaps; each stands once in a timeline, and each request was acknowledged once."""
    letters = facts["letters"]
    told = [row["details"]["number"] for row in facts["request_events"] if row["kind"] == "letter_issued"]
    yield from _same("letter told of", Counter(row["number"] for row in letters), Counter(told))
    numbers = sorted(int(row["number"].split("-")[2]) for row in letters)
    last = sum(row["last"] for row in facts["letter_numbers"])
    if numbers != list(range(1, last + 1)):
        yield f"{len(numbers)} letter numbers up to {last}"
    received = [row for row in letters if row["kind"] == "acknowledgement"]
    yield from _same("acknowledged", counted(facts["subject_requests"], "id"), counted(received, "request_id"))
    answered = {row["request_id"] for row in letters} - {row["request_id"] for row in received}
    yield from (f"a letter of {name}, which was not acknowledged" for name in sorted(answered))


def _keys(facts: Facts) -> Iterator[str]:
    """A remembered key names what was made with it; an entry of the disclosure log has its audit row, refusals too."""
    made = {row["id"] for table in ("customers", "subject_requests", "disclosures") for row in facts[table]}
    for row in facts["idempotency_keys"]:
        if not row["resource_ids"] or not {plain(name) for name in row["resource_ids"]} <= made:
            yield f"a key remembers nothing that is there: {row['resource_ids']}"
    logged, trail = counted(facts["disclosures"], "id"), rows_about(facts, "disclosure", "disclose")
    yield from _same("disclosure asked", logged, counted(trail, "entity_id"))
    outcomes = {plain(row["entity_id"]): row["outcome"] for row in trail}
    for row in facts["disclosures"]:
        if (row["outcome"] == "refused") != (outcomes.get(row["id"]) == "refused"):
            yield f"disclosure {row['id']} was {row['outcome']} but its audit row says otherwise"


def _acknowledged(facts: Facts, journal: Journal) -> Iterator[str]:
    """What each client was told is there, once."""
    erasures = [row for row in facts["subject_requests"] if row["right"] == "erasure"]
    executed = {row["customer_id"] for row in erasures if row["executed_at"] is not None}
    there = {
        "purchase": Counter(row["order_id"] for row in facts["purchases"]),
        "booking": Counter(row["booking_id"] for row in facts["bookings"]),
        "consent": Counter(row["event_id"] for row in facts["consent_events"]),
        "person": counted(facts["customers"], "id"),
        "request": counted(facts["subject_requests"], "id"),
        "decision": counted(facts["decisions"], "request_id"),
        "disclosure": counted(facts["disclosures"], "id"),
    }
    for call in (call for call in journal.calls if call.answers):
        for kind, name, owner in _promised(call):
            may_be_erased = owner in executed  # then it may be gone, which the verdicts must have said
            if there[kind][name] != 1 and not (may_be_erased and there[kind][name] == 0):
                yield f"acknowledged {kind} {name} is there {there[kind][name]} times"
    yield from _last_values(facts, journal)


def _promised(call: Call) -> Iterator[tuple[str, str, str]]:
    """What an acknowledged call left: kind, name, and the customer it belongs to."""
    body = call.answers[0].body
    match call.kind:
        case "upsert" | "register":
            yield from (("person", plain(answer.body["id"]), "") for answer in call.answers)
        case "purchase" | "booking":
            yield call.kind, call.name, plain(call.path.split("/")[3])
        case "consent":
            yield "consent", call.name, ""
        case "batch":
            taken = [result["event"] for result in body["results"] if result["event"]]
            yield from (("consent", event["event_id"], "") for event in taken)
        case "request" | "decision":
            yield call.kind, plain(body["id"]), ""
        case "disclosure":
            yield call.kind, plain(body["id"]), plain(call.body["customer"]["id"])
        case _:
            return  # a read or a check leaves its audit row only


def _last_values(facts: Facts, journal: Journal) -> Iterator[str]:
    """No acknowledged update is overwritten by an older one: the newest version told of has the values it told."""
    rows = {row["id"]: row for row in facts["customers"]}
    told: dict[tuple[str, int], str] = {}
    for call in journal.calls:
        for answer in call.answers if call.kind in {"upsert", "register"} else ():
            if answer.body["state"] == "active":
                told[plain(answer.body["id"]), answer.body["version"]] = answer.body["phone"]
    for (name, version), phone in told.items():
        row = rows.get(name)
        if row is None or row["erased_at"] is not None:
            continue
        if row["version"] < version or (row["version"] == version and row["phone"] != phone):
            yield f"customer {name} lost the values of version {version}"


def _audited(facts: Facts, journal: Journal) -> Iterator[str]:
    """Each client has one audit row for each call carried out, no more and no fewer."""
    names = {row["id"]: row["name"] for row in facts["api_clients"]}
    own = {row["id"] for row in facts["api_clients"] if row["role"] == "builtin"}
    trail = [row for row in facts["audit_events"] if row["client_id"] not in own]
    found = Counter((names[row["client_id"]], _KINDS.get((row["entity"], row["action"]), "?")) for row in trail)
    low, high = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for call in journal.calls:
        kind = (call.role, _GROUPS.get(call.kind, call.kind))
        low[kind] += call.at_least
        high[kind] += call.at_most
    for kind in sorted(found.keys() | high.keys()):
        if not low[kind] <= found[kind] <= high[kind]:
            yield f"{found[kind]} audit rows of {kind}, but {low[kind]} to {high[kind]} calls were carried out"
    yield from _audited_by_name(facts, journal)


def _audited_by_name(facts: Facts, journal: Journal) -> Iterator[str]:
    """The same for each consent, purchase and booking by itself."""
    consents = counted(rows_about(facts, "consent", "given", "withdrawn"), "entity_id")
    dealings = counted(rows_about(facts, "purchase", "put") + rows_about(facts, "booking", "put"), "entity_id")
    orders = {row["order_id"]: row["id"] for row in facts["purchases"]}
    orders |= {row["booking_id"]: row["id"] for row in facts["bookings"]}
    for call in journal.calls:
        match call.kind:
            case "consent" if call.answers:
                found = consents[plain(call.answers[0].body["id"])]
            case "purchase" | "booking" if call.name in orders:
                found = dealings[orders[call.name]]
            case _:
                continue
        if not call.at_least <= found <= call.at_most:
            yield f"{found} audit rows of {call.kind} {call.name}, carried out {call.at_least} to {call.at_most} times"


_GROUPS = {"upsert": "customer", "register": "customer", "read": "customer"}
"""Audit rows of these calls are told apart by person and not by call: a repeat may register, update or confirm."""
_KINDS = {
    ("customer", "register"): "customer",
    ("customer", "update"): "customer",
    ("customer", "confirm"): "customer",
    ("customer", "read"): "customer",
    ("purchase", "put"): "purchase",
    ("booking", "put"): "booking",
    ("consent", "given"): "consent",
    ("consent", "withdrawn"): "consent",
    ("consent", "batch"): "batch",
    ("subject_request", "receive"): "request",
    ("subject_request", "read"): "request",
    ("subject_request", "decide"): "decision",
    ("processing", "check"): "check",
    ("disclosure", "disclose"): "disclosure",
    ("disclosure", "read"): "disclosure",
}
