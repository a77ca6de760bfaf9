"""What tasks tell OpenLineage: the datasets that they have read and written."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from gympulse import kafka_settings
from gympulse.datasets import Dataset, Lineage
from gympulse.lake import Lake
from gympulse.model.fields import FIELDS
from gympulse.model.tables import LAYERS
from gympulse.settings import command_line

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage
    from airflow.sdk import Connection
    from openlineage.client.event_v2 import InputDataset, OutputDataset

# The clock of a machine that a job runs on may be behind that of Airflow's.
_MARGIN = timedelta(minutes=10)
# What a type of connection is called in a namespace, with its port where none is said.
_DATABASES = {"postgres": ("postgres", 5432, "public"), "mssql": ("sqlserver", 1433, "dbo")}


def of_job(job: str, arguments: Sequence[str], began_at: datetime | None) -> Lineage:
    """What a job's run of Airflow has read and written so far.

    Args:
        job: Its name.
        arguments: What it was told on its command line.
        began_at: When the run began.
    """
    # Only here: a DAG file's parsing would pay for what these import.
    from gympulse.io.lineage import of_run
    from gympulse.operations.lineage import of_operation

    parser = command_line(job)
    parser.add_argument("--operation-id")
    kafka_settings.add_arguments(parser)
    told, _ = parser.parse_known_args(arguments)
    lake, since = Lake(told.lake, told.env), began_at and began_at - _MARGIN
    found = of_run(lake, told.airflow_run, told.kafka_bootstrap_servers, since)
    return found if job in LAYERS else found + of_operation(lake, job, told.operation_id)


def database_table(connection: "Connection", name: str) -> Dataset:
    """A table of the database that a connection names."""
    scheme, port, schema = _DATABASES.get(connection.conn_type, (connection.conn_type, None, ""))
    port = connection.port or port
    host = f"{connection.host}:{port}" if port else connection.host
    place = ".".join(part for part in (connection.schema, schema, name) if part)
    return Dataset(f"{scheme}://{host}", place)


def facets(lineage: Lineage) -> "OperatorLineage":
    """Say it as the provider wants to be told."""
    from airflow.providers.openlineage.extractors import OperatorLineage

    return OperatorLineage(
        inputs=[_input(dataset) for dataset in lineage.inputs],
        outputs=[_output(dataset) for dataset in lineage.outputs],
    )


def _input(dataset: Dataset) -> "InputDataset":
    from openlineage.client.event_v2 import InputDataset
    from openlineage.client.facet_v2 import input_statistics_input_dataset as statistics

    read = {}
    if dataset.rows is not None:
        read["inputStatistics"] = statistics.InputStatisticsInputDatasetFacet(dataset.rows)
    place = dataset.namespace, dataset.name
    return InputDataset(*place, facets=_described(dataset), inputFacets=read)


def _output(dataset: Dataset) -> "OutputDataset":
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.facet_v2 import output_statistics_output_dataset as statistics

    rows, files = dataset.rows, dataset.files
    written = {}
    if rows is not None:
        facet = statistics.OutputStatisticsOutputDatasetFacet(rows, fileCount=files)
        written["outputStatistics"] = facet
    place = dataset.namespace, dataset.name
    return OutputDataset(*place, facets=_described(dataset), outputFacets=written)


def _described(dataset: Dataset) -> dict:
    """What is known of a dataset whatever was done to it: its version, and what is declared."""
    from openlineage.client.facet_v2 import (
        dataset_version_dataset,
        documentation_dataset,
        schema_dataset,
        symlinks_dataset,
    )

    found = {}
    if dataset.version is not None:
        found["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(dataset.version)
    if table := dataset.table:
        columns = [
            schema_dataset.SchemaDatasetFacetFields(name, type_, FIELDS[name].description)
            for name, type_ in table.schema.items()
        ]
        found["schema"] = schema_dataset.SchemaDatasetFacet(columns)
        grain = f"One row is {table.grain}."
        found["documentation"] = documentation_dataset.DocumentationDatasetFacet(grain)
        catalog = dataset.name.partition("/sbit-managed-")[0]
        named = symlinks_dataset.Identifier(f"{dataset.namespace}:{catalog}", table.name, "TABLE")
        found["symlinks"] = symlinks_dataset.SymlinksDatasetFacet([named])
    return found
