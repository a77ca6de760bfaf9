"""Airflow's UI, as a person uses it."""

from playwright.sync_api import Page

from gympulse.local.secrets_file import local_secrets
from gympulse.local.settings import LocalSettings


def log_in(page: Page, settings: LocalSettings, user: str | None = None) -> None:
    """Type name and password of a user, the administrator if None, and wait for the UI."""
    secret = local_secrets(settings.folders.state)[f"airflow_{user or 'user'}"]
    page.goto(settings.airflow_url)
    page.get_by_label("Username").fill(user or settings.airflow_user)
    page.get_by_label("Password").fill(secret)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Browse").wait_for()
