"""Payment providers get a notice that a human at the other end answers: by e-mail, or as a task of our own."""

from dataclasses import replace

from app.connectors.connector import Connector
from app.connectors.email_task import EmailTaskConfig
from app.connectors.human import ByHuman
from app.connectors.instruction import Instruction
from app.connectors.outcome import Outcome, Sent
from app.connectors.outside import Outside


def notice_by(config: EmailTaskConfig | None, recipient: str, outside: Outside) -> Connector:
    """How the provider's data-protection contact is told."""
    return config.connect(recipient, outside) if config is not None else ByHuman()


async def give_notice(notice: Connector, instruction: Instruction, task: str, found: dict[str, int]) -> Outcome:
    """Tell it; `task` is what a human of ours does where no mail goes, `found` what the look-ups before it counted."""
    outcome = await notice.apply(instruction)
    if not isinstance(outcome, Sent):
        return outcome
    told = task if isinstance(notice, ByHuman) else outcome.task
    return replace(outcome, task=told, memory={**outcome.memory, **found})
