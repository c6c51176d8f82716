"""What no honest caller sends: payloads that try numbers, times, texts and nesting."""

import json
from typing import Any

PLAIN: dict[str, Any] = {
    "kind": "customer",
    "name": "Aino Esimerkki",
    "source": "customer_relationship",
    "interaction": {"kind": "purchase", "occurred_at": "2026-03-02T10:15:00Z"},
}
ORDER: dict[str, Any] = {
    "purchased_on": "2026-03-01",
    "booked_on": "2026-03-01",
    "total": "10.00",
    "lines": [{"title": "Hoito", "unit_price": "10.00", "vat_rate": "24"}],
    "voucher": {"number": "V-1", "record": "elsewhere", "holder": "MyCashflow", "material": "voucher"},
}
WORDING: dict[str, Any] = {
    "id": "hostile",
    "version": 1,
    "language": "en",
    "purpose": "newsletter",
    "text": "I agree.",
}


def text(payload: Any) -> bytes:
    """JSON with what JSON has no word for, such as NaN."""
    return json.dumps(payload).encode()


def raw(member: str, literal: str, payload: dict[str, Any]) -> bytes:
    """The payload with a literal in place of one member's value."""
    return text({**payload, member: "@"}).replace(b'"@"', literal.encode())


AMOUNTS = [
    "9" * 13, "1e3", "1E400", "-0x1F", "+1.00", "1,00", "1.000", "01.00", ".5", "1.", "", "-", "NaN", "Infinity",
    "١٠", "１０", "1\u00a0000.00", "1_000", "=1+1",
]  # fmt: skip
NUMBERS = [
    "9223372036854775808", "-9223372036854775809", "1e309", "-1e309", "NaN", "Infinity", "-Infinity", "1.5", '"1"',
    "0", "-1", "100001", "true", "null", "[1]", "9" * 4000, "9" * 5000, "1e-400", "0.1e1",
]  # fmt: skip
INSTANTS = [
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59",
    "1899-12-31T23:59:59Z", "2199-12-31T00:00:00Z", "2016-12-31T23:59:60Z", "2026-03-02T24:00:00Z",
    "2026-03-02T23:60:00Z", "2026-03-02T10:15:00+24:00", "2026-03-02T10:15:00+99:99", "2026-02-29T10:00:00Z",
    "2026-13-01T10:00:00Z", "2026-00-00T00:00:00Z", "2026-W10-1T10:00:00Z", "2026-061T10:00:00Z", "20260302T101500Z",
    "2026-03-02T10:15:00", "2026-03-02", "+2026-03-02T10:15:00Z", "-2026-03-02T10:15:00Z", "２０２６-03-02T10:15:00Z",
    "2026-03-02T10:15:00Z\n", "2026-03-02T10:15:00.1234567890123Z0", "1e9", "0", "now",
]  # fmt: skip
DAYS = [
    "0001-01-01", "9999-12-31", "1899-12-31", "2200-01-01", "2026-02-29", "2026-1-1", "01-01-2026", "2026-03-02T00:00",
    "20260302", "２０２６-03-02", "2026-W10-1", "0", "1700000000",
]  # fmt: skip
UNSEEN = [
    "\u202e", "\u202a", "\u2066", "\u2069", "\u200b", "\u200e", "\u200f", "\u2060", "\u2063", "\ufeff", "\u00ad",
    "\u061c", "\u180e", "\u115f", "\u3164", "\uffa0", "\u2800", "\u034f", "\ufff9", "\U000e0041", "\U000e007f",
    "\u2028", "\u2029", "\u0085", "\x00", "\x07", "\x1b", "\x7f", "\t", "\n", "\ue000", "\U0010ffff", "\ufdd0",
    "\u0378", "\u0301" * 12, "\u20dd" * 12,
]  # fmt: skip
"""Stood inside a name, nobody would see them, or nothing else."""
NAMES = {
    "A\u030asa O\u0308hman": "Åsa Öhman",
    "Nguye\u0302\u0303n": "Nguyễn",
    "\u05d9\u05d5\u05b9\u05e1\u05b5\u05d9": "\u05d9\u05d5\u05b9\u05e1\u05b5\u05d9",
    "李小龍": "李小龍",
    "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627": "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627",
    "Aino \U0001f469\u200d\U0001f52c": "Aino \U0001f469\u200d\U0001f52c",
    "İsmail Groß": "İsmail Groß",
    "=cmd|' /C calc'!A0": "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>": "<script>alert(1)</script>",
    "Robert'); DROP TABLE customers;--": "Robert'); DROP TABLE customers;--",
    "{{7*7}} ${jndi:ldap://example.com} %s %n": "{{7*7}} ${jndi:ldap://example.com} %s %n",
}
"""Odd, but names all the same: as sent, and as stored (NFC)."""
EMAILS = [
    "a\u202e@example.fi", "a\u200b@example.fi", "a\u00ad@example.fi", "a\u200d@example.fi", "a@exa\u200bmple.fi",
    "Aino <a@example.fi>", '"a b"@example.fi', "a@[127.0.0.1]", "a@localhost", "a@example.fi.", "a@@example.fi",
    "a@xn--a.fi", "a@😀.fi", "a@" + "b" * 64 + ".fi", "a@example.fi\n", "a\x00@example.fi",
    "a" + "\u0301" * 12 + "@example.fi", ".a@example.fi", "a..b@example.fi", "a@-example.fi", "mailto:a@example.fi",
]  # fmt: skip
SAME_EMAIL = [
    ("aino@example.fi", "AINO@EXAMPLE.FI"),
    ("aino@example.fi", "\uff41ino@example.fi"),
    ("aino@example.fi", "aino@\uff45xample.fi"),
    ("e\u0301mile@example.fi", "\u00e9mile@example.fi"),
    ("aino@xn--kysyj-kra.fi", "aino@kysyjä.fi"),
    ("aino@stra\u00dfe.de", "aino@xn--strae-oqa.de"),
]
OTHER_EMAIL = [("aino@example.fi", "\u0430ino@example.fi"), ("aino@example.fi", "aino@ex\u0430mple.fi")]
DEEP = {
    "brackets": b"[" * 100_000,
    "brackets, closed": b"[" * 100_000 + b"]" * 100_000,
    "objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "brackets in the name": b'{"name":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "brackets in an attribute": b'{"attributes":{"a":' + b"[" * 900 + b"]" * 900 + b"}}",
    "objects in the interaction": b'{"interaction":' + b'{"a":' * 900 + b"1" + b"}" * 901,
    "many members": b"{" + b",".join(b'"k%d":1' % n for n in range(20_000)) + b"}",
}
BOMBS = {
    "aliases": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "an anchor alone": "name: &x lumicos\n",
    "a Python object": '!!python/object/apply:os.system ["id"]\n',
    "a tag": "name: !!binary aGVp\n",
    "a merge key": "<<: {name: lumicos}\n",
    "many values": "[" + "a," * 500_000 + "]",
    "many keys": "".join(f"k{n}: 1\n" for n in range(80_000)),
    "many purposes": "purposes:\n" + "- a\n" * 200_000,
    "deep brackets": "[" * 100_000,
    "deep braces": "a: {" * 100_000,
    "deep dashes": "- " * 100_000,
    "a large number": "name: " + "9" * 100_000,
    "a long key": "k" * 500_000 + ": 1",
    "a long text": 'name: "' + "\\x41" * 200_000 + '"',
    "an instant": "name: 2026-03-02T10:15:00Z\ntitle: 2026-03-02\n",
    "octal, sexagesimal, words": "name: 0o17\ntitle: 1:30:00\nlanguages: [no, yes, on]\n",
    "two documents": "a: 1\n---\nb: 1\n",
    "a lone surrogate": 'name: "\\ud800"\n',
    "blank lines": "\n" * 1_000_000,
}
