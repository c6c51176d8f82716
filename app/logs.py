"""Logs: one JSON object a line on stderr, readable lines on a terminal; never a value of a person or a token.

What a failure says may repeat what a caller sent (a database quotes the row that it refused), so of an exception
only its type and the places it passed are logged. Lines of other libraries keep their first line alone.
"""

import json
import logging
import sys
import threading
import traceback
from contextlib import suppress
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
QUIET = {"uvicorn": "WARNING", "alembic": "WARNING", "httpx": "WARNING", "httpcore": "WARNING", "sqlalchemy": "WARNING"}
"""Libraries that tell too much; httpx would log addresses with what stands in them."""
FRAMES = 8
"""How many of the innermost places of a failure are told."""


def configure(level: str = "INFO") -> None:
    """Send all logging of this process to stderr; raises `ValueError` for a level that there is not."""
    level = level.upper()
    if level not in LEVELS:
        raise ValueError(f"must be one of {', '.join(LEVELS)}")
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        without_values,
    ]
    structlog.configure(
        processors=[*shared, _renderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=_Lines,
        cache_logger_on_first_use=True,
    )
    _route_libraries(level, shared)
    threading.excepthook = _log_lost_thread


def without_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its type and the places it passed; cut what libraries say to one line."""
    error = _error_of(event.pop("exc_info", None))
    if error is not None:
        event["error"] = kind_of(error)
        event["where"] = places(error)
    event["event"] = first_line(str(event["event"]))
    return event


def first_line(text: str) -> str:
    """The first line; of a traceback that came as text, the type of the exception."""
    lines = text.strip().splitlines() or [""]
    if lines[0].startswith("Traceback"):
        return f"failed with {lines[-1].partition(':')[0]}"
    return lines[0]


def kind_of(error: BaseException) -> str:
    """The type of an exception and of what caused it, without their messages."""
    cause = error.__cause__
    return type(error).__qualname__ + (f" from {kind_of(cause)}" if cause is not None else "")


def places(error: BaseException) -> list[str]:
    """The innermost places that an exception passed, as `module:line function`."""
    frames = [
        f"{frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    return frames[-FRAMES:]


def _error_of(info: Any) -> BaseException | None:
    match info:
        case BaseException():
            return info
        case (_, BaseException() as error, TracebackType() | None):
            return error
        case True:
            return sys.exc_info()[1]
        case _:
            return None


def _renderer() -> Processor:
    if sys.stderr.isatty():
        return structlog.dev.ConsoleRenderer()
    return _as_json


_ENCODE = json.JSONEncoder(ensure_ascii=False, default=repr).encode


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    return _ENCODE(event)


class _Lines:
    """Writes finished lines to what stderr is at that moment."""

    def __init__(self, *_args: Any) -> None:
        self.debug = self.info = self.warning = self.error = self.critical = self.msg = _write


def _write(line: str) -> None:
    """Write a line, or lose it: a full disk or a collector that has gone must not fail what is being logged."""
    stream: TextIO = sys.stderr
    with suppress(OSError):
        stream.write(line + "\n")
        stream.flush()


class _Handler(logging.Handler):
    """Takes the records of libraries that use the standard logging."""

    def emit(self, record: logging.LogRecord) -> None:
        _write(self.format(record))


def _route_libraries(level: str, shared: list[Processor]) -> None:
    handler = _Handler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer()],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.captureWarnings(capture=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    for name, quiet in QUIET.items():
        logging.getLogger(name).setLevel(quiet)


def _log_lost_thread(args: threading.ExceptHookArgs) -> None:
    name = args.thread.name if args.thread else "?"
    structlog.get_logger("seloste").error("a thread ended by a failure", thread=name, exc_info=args.exc_value)
