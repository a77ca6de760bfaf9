"""What an archive is known by: the same file has one name, two files never share one."""

import pytest

from gympulse.io.archives import name_of

HOME = "/lake/data_zone/kfk-mx"


@pytest.mark.parametrize(
    ("path", "home", "name"),
    [
        pytest.param(f"file:{HOME}/a.json", HOME, "a.json", id="at home"),
        pytest.param(f"file://{HOME}/a.json", HOME, "a.json", id="as a longer URI"),
        pytest.param(f"{HOME}/2024/a.json", f"{HOME}/", "2024/a.json", id="below home"),
        pytest.param("/lake//data_zone/./kfk-mx/a.json", HOME, "a.json", id="spelled otherwise"),
        pytest.param("/old/a.json", HOME, "/old/a.json", id="elsewhere"),
        pytest.param(f"{HOME}-2/a.json", HOME, f"{HOME}-2/a.json", id="in a like-named folder"),
        pytest.param(f"file:{HOME}/a #1%20?.json", HOME, "a #1%20?.json", id="of odd letters"),
        pytest.param(
            "abfss://z@s.dfs.core.windows.net/l/a.json",
            "abfss://z@s.dfs.core.windows.net/l/",
            "a.json",
            id="on an object store",
        ),
    ],
)
def test_a_file_has_one_name(path, home, name):
    assert name_of(path, home) == name


def test_links_and_relative_paths_lead_to_one_name(tmp_path, monkeypatch):
    (tmp_path / "lake").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "lake")
    monkeypatch.chdir(tmp_path)

    for path, home in (("link/a", "lake"), ("lake/a", str(tmp_path / "link")), ("lake/a", "lake")):
        assert name_of(path, home) == "a"
