"""Requests that nobody means well with: seeded, a thousand of them."""

import json
from pathlib import Path

import pytest
from deltalake import DeltaTable

from gympulse.model import tables
from serving.hostile import (
    Told,
    not_answered,
    odd_requests,
    requests,
    send,
    telling_too_much,
    walks,
)
from serving.reading import table_rows
from serving.strangers import strangers

COUNT = 500


@pytest.fixture(scope="module")
def told(client) -> list[Told]:
    """All answers."""
    at = client.base_url
    found = [send(at.host, at.port, each) for each in requests(7, COUNT) + odd_requests(7, COUNT)]
    return found + [send(at.host, at.port, each) for each in walks(7, found)]


def test_no_request_breaks_the_server(told):
    """Each is answered with what was asked for, or with a problem document that says why not."""
    assert not_answered(told) == []
    assert len(told) > 2 * COUNT
    assert {each.status for each in told} >= {200, 401, 404, 422}


def test_no_answer_tells_more_than_was_asked(told, lake):
    """Neither files of the machine, nor the key, nor what the program is made of."""
    assert telling_too_much(told, lake) == []
    assert all("set-cookie" not in each.headers for each in told)


def test_no_answer_has_rows_that_are_not_there(told, lake):
    """Whatever was asked, rows are those of the version that the answer names."""
    assert strangers(told, lake) == []


def test_problems_name_their_parameters(told):
    """Whoever sent a parameter that cannot be used is told which."""
    for each in told:
        if each.status == 422:
            assert all(error["parameter"] for error in json.loads(each.text)["errors"]), each


def test_nothing_has_changed(told, lake):
    """No file was written, and the tables are what they were."""
    assert {DeltaTable(lake.path(table)).version() for table in tables.GOLD} == {4}
    assert len(table_rows(lake, tables.GYM_SUMMARY)) > 700
    assert not list(Path("/tmp").glob("gympulse-was-here*"))
