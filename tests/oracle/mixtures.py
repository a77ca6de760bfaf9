"""Made histories with mutated payloads and files among their records."""

from random import Random

from hypothesis import strategies as st

from oracle.histories import Batch, History, cut, histories
from oracle.mutations import mutated_file, mutated_message
from oracle.spoiling_csv import OF_FILES
from oracle.spoiling_json import OF_PAYLOADS
from oracle.world import World


def mixture(
    history: History, payloads: list[tuple], files: list[tuple], seed: int, runs: int
) -> list[Batch]:
    """A made history in batches, with mutated payloads and files put among them."""
    batches = cut(history, seed, runs)
    for way, own_seed in payloads:
        rng = Random(own_seed)
        batch = batches[rng.randrange(runs)]
        batch.insert(rng.randint(0, len(batch)), mutated_message(rng, World(), [way]).received)
    for number, (way, own_seed) in enumerate(files):
        rng = Random(own_seed)
        file = mutated_file(rng, World(), [way], f"mutated-{number}.csv").received
        batches[rng.randrange(runs)].append(file)
    return batches


def mixtures(runs: int) -> st.SearchStrategy[list[Batch]]:
    """Histories with mutated payloads and files among their records."""
    seeds = st.integers(0, 2**16)
    payloads = st.lists(st.tuples(st.sampled_from(OF_PAYLOADS), seeds), min_size=10, max_size=60)
    files = st.lists(st.tuples(st.sampled_from(OF_FILES), seeds), min_size=2, max_size=12)
    return st.builds(mixture, histories(8, 40), payloads, files, seeds, st.just(runs))
