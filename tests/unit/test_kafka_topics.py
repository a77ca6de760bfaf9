"""The file of the topics that were read: kept whole, and never guessed at."""

import pytest

from gympulse.errors import Damaged
from gympulse.io.kafka_topics import Begin, Known, read, write

KNOWN = {
    "bpm": Known("a", {0: Begin(17, "2025-06-01T10:00:00.123+00:00")}),
    "workout": Known(None),
}


def test_what_was_kept_is_read(tmp_path):
    path = str(tmp_path / "checkpoints" / "topics.json")

    write(path, {"bpm": Known("before")})
    write(path, KNOWN)

    assert read(path) == KNOWN
    assert [each.name for each in (tmp_path / "checkpoints").iterdir()] == ["topics.json"]


def test_without_a_file_nothing_is_known(tmp_path):
    assert read(str(tmp_path / "none" / "topics.json")) == {}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"bpm": 1}',
        '{"bpm": {"begins": {}}}',
        '{"bpm": {"id": "a"}}',
        '{"bpm": {"id": "a", "begins": {"x": {"offset": 1, "at": "2025-06-01"}}}}',
        '{"bpm": {"id": "a", "begins": {"0": {"offset": 1}}}}',
        '{"bpm": {"id": "a", "begins": {"0": {"offset": 1, "at": "noon"}}}}',
    ],
)
def test_a_damaged_file_is_said(tmp_path, text):
    path = tmp_path / "topics.json"
    path.write_text(text)

    with pytest.raises(Damaged) as caught:
        read(str(path))

    said = str(caught.value)
    assert said.startswith(f"{path} cannot be read (")
    assert said.endswith(
        "). It says which Kafka topics bronze has read. Restore it, or remove it if no topic was "
        "deleted and made anew since the last run, and start this job again: nothing was read or "
        "written."
    )
