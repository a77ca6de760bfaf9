"""Who the members are: profiles, and how they change over the years."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

DAY = 86_400
# The chain opened on 2019-01-01; its members joined within three years.
OPENED = 1_546_300_800
JOINING_DAYS = 3 * 365

FIRST_NAMES = {
    "F": ("Amara", "Beatriz", "Chloe", "Dana", "Elif", "Freya", "Grace", "Hana", "Ines", "Zoë"),
    "M": ("Andre", "Björn", "Carlos", "Dmitri", "Emeka", "Finn", "Goran", "Hugo", "Ivan", "José"),
}
LAST_NAMES = (
    "Adeyemi",
    "Baker",
    "Castillo",
    "Dubois",
    "Eriksen",
    "Fischer",
    "García",
    "Haddad",
    "Ito",
    "Jensen",
    "Kim",
    "Lopez",
    "Müller",
    "Nguyen",
    "O'Brien",
    "Patel",
)
STREETS = ("Oak Street", "Main Street", "Elm Avenue", "River Road", "Hill Lane", "Park Place")
CITIES = (
    ("Cambridge", "MA", "02139"),
    ("Newark", "NJ", "07102"),
    ("Austin", "TX", "78701"),
    ("Portland", "OR", "97201"),
    ("Denver", "CO", "80202"),
    ("Chicago", "IL", "60601"),
    ("Los Angeles", "CA", "90012"),
    ("Burlington", "VT", "05401"),
)


@dataclass(frozen=True)
class Address:
    """Where a member lives."""

    street_address: str
    city: str
    state: str
    zip: str


@dataclass(frozen=True)
class Profile:
    """What a member told of themselves."""

    dob: date
    sex: str
    gender: str
    first_name: str
    last_name: str
    address: Address

    def columns(self) -> tuple[object, ...]:
        """Give the values of the profile's columns."""
        *person, address = vars(self).values()
        return (*person, *vars(address).values())


@dataclass(frozen=True)
class ProfileEvent:
    """A change at an instant (epoch seconds); a delete has no profile."""

    time: int
    update_type: str
    profile: Profile | None


def draw_birth(rng: np.random.Generator) -> date:
    """Draw a birth date; members were 16 to 75 when the chain opened, most of them young."""
    age_years = 16 + 59 * rng.beta(1.6, 3.0)
    return date(2019, 1, 1) - timedelta(days=int(age_years * 365.25))


def draw_profile(rng: np.random.Generator, born: date) -> Profile:
    """Draw a first profile."""
    sex = "F" if rng.random() < 0.5 else "M"
    gender = ("female" if sex == "F" else "male") if rng.random() < 0.96 else "non-binary"
    return Profile(
        dob=born,
        sex=sex,
        gender=gender,
        first_name=_choose(rng, FIRST_NAMES[sex]),
        last_name=_choose(rng, LAST_NAMES),
        address=draw_address(rng),
    )


def draw_address(rng: np.random.Generator) -> Address:
    """Draw an address in one of the chain's cities."""
    city, state, zip_code = _choose(rng, CITIES)
    street_address = f"{rng.integers(1, 999)} {_choose(rng, STREETS)}"
    return Address(street_address, city, state, zip_code)


def profile_events(rng: np.random.Generator, born: date, until: int) -> Iterator[ProfileEvent]:
    """Draw a member's profile events before an instant, in order.

    A profile changes about twice a year, and sometimes is sent again unchanged; a few
    members leave (a delete) and most of them come back some weeks later.
    The events before an earlier instant are the first of those before a later one.
    """
    profile = draw_profile(rng, born)
    time = OPENED + int(rng.random() * JOINING_DAYS * DAY)
    update_type = "new"
    while time < until:
        yield ProfileEvent(time, update_type, None if update_type == "delete" else profile)
        mean_days = 40 if update_type == "delete" else 200
        profile = _changed(rng, profile)
        fate = rng.random()
        if update_type == "delete":
            update_type = "new"
        else:
            update_type = "update" if fate < 0.72 else "append" if fate < 0.96 else "delete"
        time += 3600 + int(rng.exponential(mean_days * DAY))


def _changed(rng: np.random.Generator, profile: Profile) -> Profile:
    what = rng.random()
    if what < 0.65:
        return replace(profile, address=draw_address(rng))
    if what < 0.85:
        return replace(profile, last_name=_choose(rng, LAST_NAMES))
    return profile


def _choose(rng: np.random.Generator, choices):
    return choices[int(rng.integers(len(choices)))]
