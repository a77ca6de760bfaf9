"""The plugin, as Airflow loads it."""

import subprocess
import sys

from airflow import plugins_manager

from gympulse.serving.assets import PAGES
from gympulse_airflow.serving import serve


def test_airflow_loads_the_plugin():
    """Every page is in the navigation, below the application's own prefix."""
    apps, middlewares = plugins_manager.get_fastapi_plugins()
    views, _ = plugins_manager._get_ui_plugins()
    ours = [view for view in views if view["category"] == "Gympulse"]

    assert plugins_manager.get_import_errors() == {}
    assert [(app["name"], app["url_prefix"], app["app"].__name__) for app in apps] == [
        ("Gympulse", "/gympulse", serve.__name__)
    ]
    assert middlewares == []
    assert [view["href"] for view in ours] == [f"/gympulse/dashboard/{page}" for page in PAGES]
    assert [view["name"] for view in ours] == ["Gyms", "Workouts", "Health", "Platform"]


def test_only_who_serves_loads_what_serves():
    """Every task's process loads the plugin: it must cost nothing there."""
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, gympulse_airflow.serving; "
            "print({'duckdb', 'fastapi', 'deltalake', 'pyarrow'} & set(sys.modules))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert loaded.stdout.strip() == "set()"
