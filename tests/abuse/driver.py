"""Calls the service step by step, from code that is not asynchronous."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from app.customers.repository_lists import MARGIN
from tests.abuse.model import Person
from tests.http.contract import silent
from tests.processors.calls import DPF, transfer
from tests.worlds import TOKENS, Template, World


class Driver:
    """Calls the service from code that is not asynchronous."""

    def __init__(self, runner: asyncio.Runner, world: World, api: httpx.AsyncClient) -> None:
        self.runner = runner
        self.world = world
        self.api = api
        self.calls = 0
        self.people: dict[str, Person] = {}
        self.fed: defaultdict[str, list[str]] = defaultdict(list)
        self.since = ""

    def __call__(self, role: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        sent = {"Authorization": f"Bearer {TOKENS[role]}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        self.calls += 1
        answer = self.runner.run(self.api.request(method, path, json=body, headers=sent))
        assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def check_feed(self) -> None:
        """The feed has told the webshop all that happened to its people, in order, and of the erased only that."""
        if self.world.dialect == "postgresql":
            time.sleep(MARGIN + 0.5)  # the feed stops short of what could still be committed
        while items := (page := self("webshop", "GET", f"/v1/changes?limit=200{self.since}").json())["items"]:
            self.since = f"&since={page['next']}"
            for item in items:
                self.fed[item["customer_id"]].append(item["kind"])
        assert {i: self.fed[i] for i in self.people} == {i: person.told for i, person in self.people.items()}

    def run_due(self) -> None:
        """Carry out what is due, as the background does."""
        self.runner.run(self.world.run_due())


@contextmanager
def driven(app: FastAPI, template: Template, folder: Path) -> Iterator[Driver]:
    """A driver on a database of its own, in which mail may go to the mail service."""
    with asyncio.Runner() as runner, silent():
        url = template.fresh(folder)

        async def begin() -> tuple[World, httpx.AsyncClient]:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            return World(app, template, url), httpx.AsyncClient(transport=transport, base_url="http://seloste.test")

        world, api = runner.run(begin())
        driver = Driver(runner, world, api)
        answer = driver("dpo", "POST", "/v1/processors/mailchimp/transfers", transfer(**DPF))
        assert answer.status_code == 201, answer.text
        yield driver
        runner.run(api.aclose())
        runner.run(world.db.close())
