"""Requests to the REST API that nobody means well with, at length."""

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest.mock import patch

from fastapi.responses import Response

from chaos.chaos import Chaos
from chaos.outcome import Outcome
from gympulse.lake import Lake
from serving import strangers as rows
from serving.hostile import (
    Asked,
    Told,
    not_answered,
    odd_requests,
    requests,
    send,
    telling_too_much,
    walks,
)
from serving.made_lake import Size, make
from serving.reading import table_rows
from serving.served import Client, client_of

FRESHNESS = Asked("/freshness")


def hold_api(chaos: Chaos, outcome: Outcome) -> None:
    """Ask a made lake's API anything, and hold the answers against what any answer has to be."""
    lake = chaos.lake("asked")
    make(lake, Size())
    seed, count = chaos.random("requests").randrange(2**32), chaos.often(3500, 150)
    with client_of(lake) as client:
        told = [_sent(client, each) for each in requests(seed, count) + odd_requests(seed, count)]
        told += [_sent(client, each) for each in walks(seed, told)]
        outcome.injected["requests that nobody means well with"] += len(told)
        _hold(outcome, client, told, lake)


def _hold(outcome: Outcome, client: Client, told: list[Told], lake: Lake) -> None:
    def answered() -> str:
        wrong = not_answered(told)
        assert not wrong, f"{wrong[0]}: {wrong[0].text[:500]}"
        refused = sum(each.status >= 400 for each in told)
        return f"{len(told):,} requests, {refused:,} of them refused with a reason"

    def silent() -> str:
        found = telling_too_much(told, lake)
        assert not found, f"{found[0]}"
        return f"{sum(len(each.content) for each in told):,} bytes"

    def there() -> str:
        found = rows.strangers(told, lake)
        assert not found, f"{found[0]}"
        return f"{sum(each.status == 200 for each in told):,} answers"

    outcome.hold(
        "every request gets an answer or a problem document that says why not",
        answered,
        "a handler that fails",
        _broken(client, told, RuntimeError("broken")),
    )
    outcome.hold(
        "no answer tells of files, keys or the program",
        silent,
        "a handler that answers with its stack trace",
        _broken(client, told, _stack_trace),
    )
    outcome.hold(
        "no answer has rows that its table does not hold",
        there,
        "half of each table's rows are no longer there",
        lambda: patch.object(rows, "table_rows", _half),
    )


def _sent(client: Client, asked: Asked) -> Told:
    return send(client.base_url.host, client.base_url.port, asked)


def _broken(client: Client, told: list[Told], broken: Exception | Callable) -> Callable:
    """While it lasts, there is the answer of a handler that is broken."""

    @contextmanager
    def spoiled() -> Iterator[None]:
        with patch("gympulse.serving.app.freshness_answer", side_effect=broken):
            told.append(_sent(client, FRESHNESS))
        try:
            yield
        finally:
            told.pop()

    return spoiled


def _stack_trace(*_: object) -> Response:
    try:
        raise RuntimeError
    except RuntimeError:
        return Response(traceback.format_exc())


def _half(*asked: object) -> list[dict]:
    found = table_rows(*asked)
    return found[: len(found) // 2]
