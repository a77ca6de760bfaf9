"""Registrations and visits: what is accepted of landed lines."""

import pytest
from pyspark.sql import functions as F
from pyspark.testing import assertDataFrameEqual

from gympulse.model.tables import GYM_LOGINS, GYM_LOGS, REGISTERED_USERS
from gympulse.settings import Rules
from gympulse.transforms.recipe import greatest_per_key
from gympulse.transforms.silver import gym_logs, registrations
from spark.frames import NOON, assert_judged, at, frame, judged, noon

T = 1_709_208_000
MAC = "aa:0b:00:00:00:01"
UNFIT = (None, None, None, None, None, "1,2", "utf-8")
NOT_UTF8 = (None, None, None, None, None, "/w==", "base64")


def registered(user_id="7", device_id="118440", mac_address=MAC, at_=str(T)):
    """The texts of a registration's line."""
    return (user_id, device_id, mac_address, at_, None, None, "utf-8")


def login(mac_address=MAC, gym="5", login=str(T), logout=""):
    """The texts of a visit's line."""
    return (mac_address, gym, login, logout, None, None, "utf-8")


def each_blank(line, rules):
    """A line with each of its texts in turn blank, null, or no number and no address."""
    return {
        f"{rule} with {text!r}": ((*line[:i], text, *line[i + 1 :]), {rule})
        for i, rule in enumerate(rules)
        for text in ("", None, " ", "x", "true", "NaN")
    }


def visit(login=NOON, logout=None):
    """The row of a visit that is accepted."""
    return (MAC, 5, login, logout)


REGISTRATIONS = {
    "a registration": (registered(), (7, 118440, MAC, NOON)),
    "a MAC in capitals": (registered(mac_address=MAC.upper()), (7, 118440, MAC, NOON)),
    "numbers in other forms": (
        registered("7.0", "1.1844e5", MAC, f"{T}.0000005"),
        (7, 118440, MAC, noon(0.000001)),
    ),
    "the greatest ids": (
        registered(str(2**63 - 1), str(-(2**63))),
        (2**63 - 1, -(2**63), MAC, NOON),
    ),
    "ids beyond 64 bits": (registered(str(2**63), "1e30"), {"bad_user_id", "bad_device_id"}),
    "ids with a fraction": (registered("7.5", "5e-1"), {"bad_user_id", "bad_device_id"}),
    "ids with leading noughts": (registered("007", "01"), {"bad_user_id", "bad_device_id"}),
    "a MAC with dashes": (registered(mac_address="aa-0b-00-00-00-01"), {"bad_mac_address"}),
    "the first instant": (registered(at_="946684800"), (7, 118440, MAC, at("2000-01-01"))),
    "just before it": (registered(at_="946684799.999999"), {"bad_registration_timestamp"}),
    "the last instant": (
        registered(at_="4102444799.999999"),
        (7, 118440, MAC, at("2099-12-31 23:59:59.999999")),
    ),
    "just after it": (registered(at_="4102444800"), {"bad_registration_timestamp"}),
    "milliseconds": (registered(at_=f"{T}000"), {"bad_registration_timestamp"}),
    **each_blank(
        registered(),
        ("bad_user_id", "bad_device_id", "bad_mac_address", "bad_registration_timestamp"),
    ),
    "a line unlike its header": (UNFIT, {"line_unlike_header"}),
    "a line that is not UTF-8": (NOT_UTF8, {"unreadable_bytes"}),
}
VISITS = {
    "an open visit": (login(), visit()),
    "an open visit without the text": (login(logout=None), visit()),
    "a closed visit": (login(logout=str(T + 60)), visit(logout=noon(60))),
    "a visit of no length": (login(logout=f"{T}.0"), visit(logout=NOON)),
    "a microsecond before the login": (login(logout=f"{T - 1}.999999"), {"logout_before_login"}),
    "a microsecond after the login": (
        login(logout=f"{T}.000001"),
        visit(logout=noon(0.000001)),
    ),
    "equal once rounded": (
        login(login=f"{T}.0000004", logout=f"{T}.0000001"),
        visit(logout=NOON),
    ),
    "a MAC in capitals": (login(mac_address=MAC.upper()), visit()),
    "a gym with a point": (login(gym="5.0"), visit()),
    "the last logout": (
        login(logout="4102444799.999999"),
        visit(logout=at("2099-12-31 23:59:59.999999")),
    ),
    "a logout after the last": (login(logout="4102444800"), {"bad_logout"}),
    "a logout before the first": (
        login(logout="946684799.999999"),
        {"bad_logout", "logout_before_login"},
    ),
    "a logout in milliseconds": (login(logout=f"{T}000"), {"bad_logout"}),
    **{
        f"a logout that is {text!r}": (login(logout=text), {"bad_logout"})
        for text in (" ", "x", "null", "-", "NaN", "[]")
    },
    **each_blank(login()[:3], ("bad_mac_address", "bad_gym", "bad_login")),
    "the first login": (login(login="946684800"), visit(login=at("2000-01-01"))),
    "a login before it": (login(login="946684799.999999"), {"bad_login"}),
    "a login after the last": (login(login="4102444800"), {"bad_login"}),
    "neither login nor logout": (login(login="", logout="x"), {"bad_login", "bad_logout"}),
    "a line unlike its header": (UNFIT, {"line_unlike_header"}),
    "a line that is not UTF-8": (NOT_UTF8, {"unreadable_bytes"}),
}


def judge(spark, recipe, cases):
    """What becomes of each case's line, all of one file."""
    table = recipe.source
    rows = [
        ((*texts, *login()[len(texts) :]) + ("a.csv", line, NOON))
        for line, (texts, _) in enumerate(cases.values())
    ]
    judgements = judged(recipe, frame(spark, table, rows), "line", Rules())
    return dict(zip(cases, judgements, strict=True))


@pytest.fixture(scope="module")
def registered_users(spark):
    assert registrations.RECIPE.source is REGISTERED_USERS
    return judge(spark, registrations.RECIPE, REGISTRATIONS)


@pytest.fixture(scope="module")
def gym_logins(spark):
    assert gym_logs.RECIPE.source is GYM_LOGINS
    return judge(spark, gym_logs.RECIPE, VISITS)


@pytest.mark.parametrize("name", REGISTRATIONS)
def test_registrations(registered_users, name):
    assert_judged(registered_users[name], REGISTRATIONS[name][1])


@pytest.mark.parametrize("name", VISITS)
def test_visits(gym_logins, name):
    assert_judged(gym_logins[name], VISITS[name][1])


def test_a_row_cannot_shorten_a_visit(spark):
    """Of the logouts that are known the greatest stays, whatever came first."""
    sent = [
        ("a", 1, NOON, None),
        ("a", 1, NOON, noon(60)),
        ("a", 1, NOON, noon(30)),
        ("a", 2, NOON, noon(60)),
        ("a", 2, NOON, None),
        ("b", 1, NOON, None),
        ("a", 1, noon(1), noon(5)),
    ]
    kept = [
        ("a", 1, NOON, noon(60)),
        ("a", 2, NOON, noon(60)),
        ("b", 1, NOON, None),
        ("a", 1, noon(1), noon(5)),
    ]
    visits = frame(spark, GYM_LOGS, sent).withColumn("_outcome", F.lit("good"))

    assertDataFrameEqual(
        greatest_per_key(visits, GYM_LOGS).select(*GYM_LOGS.columns), frame(spark, GYM_LOGS, kept)
    )
