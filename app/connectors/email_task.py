"""A task by e-mail to the recipient's data-protection contact, who answers behind a one-time link.

By default the mail says nothing of who it is about: mail passes many hands, the page behind the link shows it once.
"""

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, EmailStr, TypeAdapter

from app.connectors.connector import Configured, Connector, ConnectorsInvalid
from app.connectors.instruction import Instruction, Subject
from app.connectors.outcome import Failed, Later, Outcome, Sent
from app.connectors.outside import Outside
from app.connectors.texts import day, speech
from app.connectors.whom import FIELDS, Identifier, scope, whom
from app.mail import MailFailed, Relay, send
from app.policy.notifications import Act


@dataclass(frozen=True, slots=True)
class ByEmail(Connector):
    """Writes to a human at the recipient."""

    config: "EmailTaskConfig"
    outside: Outside
    relay: Relay
    mail_from: str

    @property
    def carries_personal_data(self) -> bool:
        """Only where the configuration puts identifiers into the mail."""
        return self.config.identifiers == "in_mail"

    @property
    def capabilities(self) -> frozenset[Act]:
        """Everything can be told this way."""
        return frozenset(Act)

    async def find(self, subject: Subject) -> tuple[str, ...]:
        """Nobody looks but the human who answers."""
        return ()

    async def apply(self, instruction: Instruction) -> Outcome:
        """Hand the mail over; it is the same mail at every attempt, by its Message-ID."""
        if not instruction.acknowledge_url:
            return Failed("no_answer_page")
        message = self.compose(instruction)
        try:
            await send(self.relay, message)
        except MailFailed as failed:
            return Later("mail_not_taken") if failed.passes else Failed("mail_refused")
        return Sent(reference=str(message["Message-ID"])[:200], task="await_answer")

    async def verify(self, instruction: Instruction) -> Outcome:
        """Only the recipient answers."""
        return Sent(reference=instruction.reference, task="await_answer")

    def compose(self, instruction: Instruction) -> EmailMessage:
        """The mail, as it is handed over."""
        config, language = self.config, self.config.language or instruction.language
        say = speech(language)
        message = EmailMessage()
        message["From"], message["To"] = self.mail_from, config.to
        if instruction.reply_to:
            message["Reply-To"] = instruction.reply_to
        message["Subject"] = say("mail.subject", case=_case(instruction))
        message["Date"] = format_datetime(self.outside.clock())
        message["Message-ID"] = f"<{instruction.id}@{self.mail_from.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self._text(instruction, language))
        message["Content-Language"] = language  # setting the content takes such headers away
        return message

    def _text(self, instruction: Instruction, language: str) -> str:
        say, told = speech(language), self.config.identifiers == "in_mail"
        due, who = day(instruction.due_on, language), instruction.controller or self.mail_from
        paragraphs = [
            say("mail.from", controller=who, case=_case(instruction)),
            say(f"acts.{instruction.act.value}"),
            *(f"{label}: {text}" for label, text in scope(instruction, say)),
            say(f"roles.{instruction.role}"),
        ]
        if told:
            lines = whom(instruction, say, self.config.fields)
            paragraphs.append("\n".join([say("mail.person"), *(f"  {label}: {text}" for label, text in lines)]))
        paragraphs += [
            say("mail.answer" if told else "mail.whom", due=due) + f"\n{instruction.acknowledge_url}",
            say("mail.care"),
        ]
        return "\n\n".join(paragraphs) + "\n"


def _case(instruction: Instruction) -> str:
    """What both sides call it: the case number, or the notification's own id where there is no case."""
    return instruction.case_number or str(instruction.id)


def _mailbox(given: str) -> str:
    return str(TypeAdapter(EmailStr).validate_python(given))


class EmailTaskConfig(Configured):
    """`kind: email_task`. `fields`: the least by which the recipient finds the person, if mail may say who it is."""

    kind: Literal["email_task"] = "email_task"
    to: Annotated[str, AfterValidator(_mailbox)]
    language: Literal["fi", "sv", "en"] | None = None
    identifiers: Literal["on_page", "in_mail"] = "on_page"
    fields: tuple[Identifier, ...] = FIELDS

    def connect(self, recipient: str, outside: Outside) -> ByEmail:
        """Needs the relay that mail goes through."""
        if outside.relay is None or outside.mail_from is None:
            raise ConnectorsInvalid(f"{recipient}: kind email_task needs SELOSTE_SMTP_URL and SELOSTE_SMTP_FROM")
        return ByEmail(self, outside, outside.relay, outside.mail_from)
