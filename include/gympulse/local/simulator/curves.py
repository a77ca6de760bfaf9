"""Heart-rate curves: how a heart follows what its owner does.

Maximum: 208 − 0.7 · age (Tanaka, Monahan and Seals 2001, J Am Coll Cardiol 37:153), which
fits older people better than 220 − age (Fox, Naughton and Haskell 1971).
Target: resting + intensity · (maximum − resting), the heart-rate reserve (Karvonen,
Kentala and Mustala 1957, Ann Med Exp Biol Fenn 35:307).
Approach: exponential, slower down than up, and faster in fit people (Bunc, Heller and
Leso 1988, J Sports Sci 6:39; recovery: Cole and others 1999, N Engl J Med 341:1351).
Drift: a few percent within an hour of steady work (Coyle and González-Alonso 2001, Exerc
Sport Sci Rev 29:88). Breathing sways a resting heart more than a racing one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

# Seconds, and share of the heart-rate reserve.
Phase = tuple[int, float]

RESTING_INTENSITY = 0.08
# Workout ids from 1 on: the pattern that the main part repeats.
WORKOUT_KINDS: Sequence[tuple[str, Sequence[Phase]]] = (
    ("steady run", ((180, 0.66), (180, 0.71))),
    # Four minutes hard, three easy (Helgerud and others 2007, Med Sci Sports Exerc 39:665).
    ("intervals", ((240, 0.88), (180, 0.60))),
    ("strength", ((40, 0.62), (80, 0.34))),
    ("hills", ((60, 0.50), (60, 0.62), (60, 0.74), (60, 0.86), (60, 0.74), (60, 0.62))),
    ("yoga", ((120, 0.22), (90, 0.33))),
)
DRIFT_PER_SECOND = 0.05 / 3600


@dataclass(frozen=True)
class Heart:
    """A heart: bounds in beats/minute, time constants of its approach in seconds."""

    resting_bpm: float
    maximum_bpm: float
    up_seconds: float
    down_seconds: float

    def target_bpm(self, intensity: float) -> float:
        """Give the heart rate (beats/minute) that a lasting intensity leads to."""
        bounded = min(max(intensity, 0.0), 1.0)
        return self.resting_bpm + bounded * (self.maximum_bpm - self.resting_bpm)


def heart(age_years: float, fitness: float) -> Heart:
    """Give the heart of an age and a fitness (0 to 1)."""
    return Heart(
        resting_bpm=80 - 28 * fitness,
        maximum_bpm=208 - 0.7 * age_years,
        up_seconds=48 - 22 * fitness,
        down_seconds=95 - 45 * fitness,
    )


def workout_phases(workout_id: int, seconds: int, rng: np.random.Generator) -> list[Phase]:
    """Draw a workout: warm-up in three steps, its kind's pattern, cool-down; exactly so long."""
    warm_up = min(480, seconds // 5)
    cool_down = min(300, seconds // 8)
    _, pattern = WORKOUT_KINDS[workout_id - 1]
    hard = max(intensity for _, intensity in pattern)
    phases = [(warm_up // 3, hard * share) for share in (0.45, 0.6)]
    phases.append((warm_up - 2 * (warm_up // 3), hard * 0.75))
    left = seconds - warm_up - cool_down
    while left > 0:
        for length, intensity in pattern:
            if left > 0:
                phases.append((min(length, left), intensity + float(rng.normal(0, 0.02))))
                left -= length
    return [*phases, (cool_down, hard * 0.4)]


def heart_rates(of: Heart, phases: Iterable[Phase], rng: np.random.Generator) -> np.ndarray:
    """Follow phases at 1 Hz from rest; beats/minute in hundredths, as whole numbers."""
    level = of.target_bpm(RESTING_INTENSITY)
    pieces, elapsed = [], 0
    for seconds, intensity in phases:
        target = of.target_bpm(intensity * (1 + DRIFT_PER_SECOND * elapsed))
        constant = of.up_seconds if target > level else of.down_seconds
        steps = np.arange(1, seconds + 1)
        pieces.append(target + (level - target) * np.exp(-steps / constant))
        level, elapsed = target + (level - target) * np.exp(-seconds / constant), elapsed + seconds
    smooth = np.concatenate(pieces)
    swayed = smooth + _sway(of, smooth, rng)
    bounded = np.clip(swayed, of.resting_bpm - 6, of.maximum_bpm)
    return np.rint(bounded * 100).astype(np.int64)


def _sway(of: Heart, smooth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw the sway about the smooth curve, in beats/minute."""
    calm = (of.maximum_bpm - smooth) / (of.maximum_bpm - of.resting_bpm)
    # Twelve to eighteen breaths a minute.
    breath_seconds, phase = rng.uniform(3.3, 5.0), rng.uniform(0, 2 * np.pi)
    breathing = 1.8 * calm * np.sin(2 * np.pi * np.arange(len(smooth)) / breath_seconds + phase)
    noise = rng.normal(0, 1.2, len(smooth) + 3)
    return breathing + (noise[3:] + noise[2:-1] + noise[1:-2] + noise[:-3]) / 2
