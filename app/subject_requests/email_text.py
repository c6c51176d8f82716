"""Read a pasted e-mail (RFC 5322): sender, day of receipt, subject and text; attachments are counted and dropped.

Everything in it is a stranger's: size, headers, parts and nesting are bounded before the parser sees them, what can
be read in two ways is not guessed, and no header decides anything that a human would not see.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, MIMEPart
from email.utils import parsedate_to_datetime
from html import unescape

MOST_PARTS = 60
LONGEST_HEADER = 2000
MOST_HEADERS = 300
LONGEST_TEXT = 20_000
OLDEST = timedelta(days=90)
AHEAD = timedelta(minutes=5)

_HEADER = re.compile(r"^([!-9;-~]{1,80}):[ \t]?(.*(?:\r?\n[ \t].*)*)", re.MULTILINE)
_CONTENT = re.compile(r"^content-type:", re.IGNORECASE | re.MULTILINE)
_BOUNDARY = re.compile(r"^--\S", re.MULTILINE)
_CHARSETS = re.compile(
    r"(utf[-_]?8|us-ascii|ascii|iso[-_]?8859[-_]\d{1,2}|(windows|cp)-?125\d|latin-?[19]|koi8-[ru])", re.IGNORECASE
)
_RECEIVED_DAY = re.compile(r";\s*([^;]{6,100})\s*$")


class Unclear(Exception):
    """What a human must give by hand, by the member that holds it, and why."""

    def __init__(self, needed: dict[str, str]) -> None:
        super().__init__(", ".join(needed))
        self.needed = needed


@dataclass(slots=True)
class Mail:
    """What could be read; None where a human must say it. `unclear` tells why, by member."""

    sender_name: str | None = None
    sender_email: str | None = None
    received_at: datetime | None = None
    subject: str = ""
    text: str = ""
    attachments: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unclear: dict[str, str] = field(default_factory=dict)


def read(raw: str, now: datetime) -> Mail:
    """Read the source text of an e-mail; raises `Unclear` where it cannot be read at all."""
    head = re.split(r"\r?\n[ \t]*\r?\n", raw.lstrip("\r\n"), maxsplit=1)[0]
    headers = [(name.lower(), _unfolded(value)) for name, value in _HEADER.findall(head)]
    _must_be_bounded(raw, headers)
    try:
        message = message_from_bytes(raw.lstrip("\r\n").encode("utf-8", "replace"), policy=policy.default)
        mail = Mail()
        _sender(mail, message)
        _receipt(mail, headers, now)
        mail.subject = _header(message, "subject")
        _body(mail, message)
    except (MessageError, ValueError, IndexError, AttributeError, TypeError, KeyError, RecursionError):
        # The parser promises not to raise, and does on some of what people send; nothing of it is told.
        raise Unclear({"raw": "cannot be read as an e-mail; give sender, received_at and text"}) from None
    return mail


def _unfolded(value: str) -> str:
    return re.sub(r"\r?\n[ \t]+", " ", value).strip()


def _must_be_bounded(raw: str, headers: list[tuple[str, str]]) -> None:
    """The parser recurses into parts and into comments of headers, so both are counted first."""
    if not headers or len(headers) > MOST_HEADERS:
        raise Unclear({"raw": "begins with no headers of an e-mail, or with too many"})
    if len(_CONTENT.findall(raw)) > MOST_PARTS or len(_BOUNDARY.findall(raw)) > 4 * MOST_PARTS:
        raise Unclear({"raw": "has too many parts"})
    if any(len(value) > LONGEST_HEADER for name, value in _HEADER.findall(raw) if name.lower() in _PARSED):
        raise Unclear({"raw": "has a header that is too long"})
    if any(value.count("(") > 20 for name, value in headers if name in _PARSED):
        raise Unclear({"raw": "has a header that is too deep"})


_PARSED = frozenset(
    {"from", "sender", "reply-to", "subject", "date", "content-type", "content-disposition"}
    | {"content-transfer-encoding", "mime-version"}
)


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())[:LONGEST_HEADER]


def _sender(mail: Mail, message: EmailMessage) -> None:
    """One From with one address; anything else asks the human."""
    found = message.get_all("from") or []
    people = [address for header in found for address in header.addresses]
    if len(found) != 1 or len(people) != 1 or "@" not in people[0].addr_spec:
        mail.unclear["sender"] = "the e-mail does not name exactly one sender"
        return
    mail.sender_email, name = people[0].addr_spec, " ".join(people[0].display_name.split())
    if "@" in name:
        mail.notes.append("sender_name_is_an_address")  # a name made to look like somebody else's address
        name = ""
    mail.sender_name = name or None
    replies = [address.addr_spec for header in message.get_all("reply-to") or [] for address in header.addresses]
    if any(reply.casefold() != mail.sender_email.casefold() for reply in replies):
        mail.notes.append("replies_go_elsewhere")


def _receipt(mail: Mail, headers: list[tuple[str, str]], now: datetime) -> None:
    """When it reached us: the topmost Received is our own server's; without one, when the sender says it was sent."""
    received = next((value for name, value in headers if name == "received"), None)
    dates = [value for name, value in headers if name == "date"]
    stamp = _RECEIVED_DAY.search(received) if received else None
    arrived = _instant(stamp.group(1)) if stamp else None
    sent = _instant(dates[0]) if len(dates) == 1 else None
    if arrived and sent and abs(arrived - sent) > timedelta(days=1):
        mail.notes.append("date_differs_from_arrival")
    found = arrived or sent
    if found is None:
        mail.unclear["received_at"] = "the e-mail says not, or not clearly, when it came"
    elif found > now + AHEAD:
        mail.unclear["received_at"] = "the e-mail's date lies in the future"
    elif found < now - OLDEST:
        mail.unclear["received_at"] = "the e-mail's date lies long ago; say when it reached the controller"
    else:
        mail.received_at = min(found, now)


def _instant(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _body(mail: Mail, message: EmailMessage) -> None:
    """The first plain text, or the text of the first page; everything else is named by its type and dropped."""
    leaves = list(_leaves(message))
    texts = [part for part in leaves if not _is_attached(part)]
    chosen = next((p for p in texts if p.get_content_type() == "text/plain"), None) or next(
        (p for p in texts if p.get_content_type() == "text/html"), None
    )
    if chosen is not None:
        mail.text = _decoded(mail, chosen)
    if chosen is not None and chosen.get_content_type() == "text/html":
        mail.notes.append("html_only")
        mail.text = _words(mail.text)
    alternative = {"text/html"} if chosen is not None and chosen.get_content_type() == "text/plain" else set()
    dropped = [p for p in leaves if p is not chosen and (_is_attached(p) or p.get_content_type() not in alternative)]
    mail.attachments = [p.get_content_type()[:100] for p in dropped]
    if not mail.text.strip():
        mail.unclear["text"] = "the e-mail has no text of its own"


def _leaves(message: EmailMessage) -> Iterator[MIMEPart]:
    """The parts without parts; a forwarded e-mail is one of them, whatever it holds."""
    stack: list[MIMEPart] = [message]
    while stack:
        part = stack.pop()
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            stack.extend(reversed(list(part.iter_parts())))
        else:
            yield part


def _is_attached(part: MIMEPart) -> bool:
    return part.get_content_disposition() == "attachment" or part.get_filename() is not None


def _decoded(mail: Mail, part: MIMEPart) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    declared = str(part.get_content_charset() or "utf-8")
    pasted = str(part.get("content-transfer-encoding", "8bit")).strip().lower() in {"7bit", "8bit", "binary", ""}
    if not _CHARSETS.fullmatch(declared):
        mail.notes.append("charset_unknown")
        declared = "utf-8"
    # What was pasted as it looks has come as UTF-8, whatever its header says of the original.
    for charset in ("utf-8", declared) if pasted else (declared, "utf-8"):
        try:
            return content.decode(charset)
        except (UnicodeDecodeError, LookupError):
            continue
    mail.notes.append("charset_wrong")
    return content.decode("utf-8", "replace")


_UNSEEN_TAGS = frozenset({"script", "style", "head", "title"})
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3"})
_TAG = re.compile(r"[a-zA-Z][a-zA-Z0-9]{0,15}")


def _words(page: str) -> str:
    """The text of a page, without what is not shown.

    Read once from beginning to end: the standard library's parser takes the square of the time for unclosed tags.
    """
    words, lower, at = [], page.lower(), 0
    while (opens := page.find("<", at)) >= 0 and (closes := page.find(">", opens)) >= 0:
        words.append(page[at:opens])
        tag = _TAG.match(lower, opens + 1)
        name, at = tag.group() if tag else "", closes + 1
        if name in _BREAKS:
            words.append("\n")
        if name in _UNSEEN_TAGS:
            end = lower.find(f"</{name}", at)
            at = len(page) if end < 0 else end
    words.append(page[at:].partition("<")[0])
    return re.sub(r"[ \t]+", " ", unescape("".join(words)))
