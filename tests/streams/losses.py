"""What bronze says where Kafka no longer holds what it is to read."""

from collections.abc import Iterable


def loss(sentences: Iterable[str], topic: str) -> str:
    """All that is said of a topic, with a sentence for each partition."""
    return "\n".join(
        [
            "Kafka no longer holds what bronze is to read next:",
            *(f"  - {sentence}" for sentence in sentences),
            "Nothing was read of any topic. Restore the records if they can be restored. If "
            f"not, run the bronze job with --accept-kafka-loss {topic}, or trigger the DAG bronze "
            "with these topics under 'Accept loss': it goes on with what Kafka holds, and the "
            "ledger shows the gap.",
        ]
    )
