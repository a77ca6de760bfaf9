"""The README's computed parts are what the code says."""

from pathlib import Path

from gympulse.model.tables import TABLES
from gympulse.readme import PARTS, with_parts

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_readme_is_up_to_date():
    assert all(README.count(f"<!-- {name} -->") == 1 for name in PARTS)
    assert all(f"### {name}\n" in README for name in TABLES)
    assert with_parts(README) == README, (
        "the model changed: run `python -m gympulse.readme README.md`"
    )
