"""Ask for a consent again, at the person's own wish, and only by double opt-in.

The message goes to the e-mail address that the register holds, so that whoever else has the link of a message can give
nothing. The page says the same whether or not anybody is there, and at the same moment: mail leaves after the answer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

import structlog
from sqlalchemy import Connection

from app import mail
from app.consents import repository_links
from app.consents.invitations import invite
from app.consents.leaving import locked
from app.consents.preferences import Preference
from app.consents.schemas import InvitationIn, Who, WordingRef
from app.mail import MailFailed
from app.pages.words import Words
from app.register.operation import Operation
from app.settings import Settings

log = structlog.get_logger("seloste.pages")

AGAIN_AFTER = timedelta(minutes=30)
"""How long nobody is written to again about the same purpose, however often the button is pressed."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent, and where."""

    email: str
    link: str
    at: datetime


def prepare(
    connection: Connection, op: Operation, token: str, wanted: Preference, wording: WordingRef, base_url: str
) -> Message | None:
    """An invitation for the one person behind the link; None when nobody is to be written to."""
    _, people = locked(connection, token)
    person = people[0] if len(people) == 1 else None
    purpose = wanted.purpose.code
    if (
        person is None
        or person.email is None
        or repository_links.invited_since(connection, person.id, purpose, op.at - AGAIN_AFTER)
    ):
        op.audit(connection, "invite", "consent_invitation", outcome="skipped")
        return None
    channels = [] if wanted.channel is None else [wanted.channel]
    asked = InvitationIn(customer=Who(id=str(person.id)), purpose=purpose, channels=channels, wording=wording)
    made = invite(connection, op, asked, base_url)
    return None if made.link is None else Message(person.email, made.link, op.at)


async def send(settings: Settings, message: Message, words: Words, sender: str, controller: str) -> None:
    """Hand the message over; the person can press the button again when none comes."""
    if settings.smtp_url is None:
        return
    made = EmailMessage()
    made["From"] = author = Address(controller, addr_spec=settings.smtp_from or sender)
    made["Date"] = format_datetime(message.at)
    made["Message-ID"] = make_msgid(domain=author.domain)
    made["To"] = Address(addr_spec=message.email)
    made["Subject"] = f"{words('give_mail_subject')} – {controller}"
    made["Auto-Submitted"] = "auto-generated"
    made["Content-Language"] = words.language
    made.set_content(f"{words('give_mail')}\n\n{message.link}\n\n{words('give_mail_else')}\n")
    try:
        await mail.send(mail.relay_of(settings.smtp_url.get_secret_value()), made)
    except MailFailed as error:
        log.warning("invitation not sent", error=type(error).__name__)
