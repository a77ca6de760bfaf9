"""The README's tables are the model's."""

from pathlib import Path

from gympulse.model.dictionary import with_dictionary
from gympulse.model.tables import TABLES

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_readme_describes_the_tables_as_they_are():
    assert all(f"### {name}\n" in README for name in TABLES)
    assert with_dictionary(README) == README, (
        "the model changed: run `python -m gympulse.model.dictionary README.md`"
    )
