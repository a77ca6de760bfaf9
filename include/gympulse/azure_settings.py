"""How Spark signs in to Azure storage accounts: by the variables that delta-rs and obstore take.

A value is Hadoop's way to name a variable of the environment. Each process that uses a secret
reads it there; it stands in no file, on no command line and in no setting.
"""

from collections.abc import Mapping

_ACCOUNT = "spark.hadoop.fs.azure.account"
_AUTHORITY = "https://login.microsoftonline.com/${env.AZURE_TENANT_ID}"
# Whoever sends them on waits for more for ever, and so would keep a job from ending.
_NO_METRICS = {"spark.hadoop.fs.azure.metrics.collection.enabled": "false"}
_CLIENT = {"oauth2.client.id": "${env.AZURE_CLIENT_ID}"}


def _oauth(provider: str) -> dict[str, str]:
    provider = f"org.apache.hadoop.fs.azurebfs.oauth2.{provider}"
    return {"auth.type": "OAuth", "oauth.provider.type": provider}


# The variables that each way needs, and what it is set by. delta-rs has the same order.
_WAYS = (
    (
        {"AZURE_STORAGE_ACCOUNT_KEY"},
        {"auth.type": "SharedKey", "key": "${env.AZURE_STORAGE_ACCOUNT_KEY}"},
    ),
    (
        {"AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"},
        {
            **_oauth("ClientCredsTokenProvider"),
            **_CLIENT,
            "oauth2.client.endpoint": f"{_AUTHORITY}/oauth2/token",
            "oauth2.client.secret": "${env.AZURE_CLIENT_SECRET}",
        },
    ),
    (
        {"AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"},
        {
            **_oauth("WorkloadIdentityTokenProvider"),
            **_CLIENT,
            "oauth2.msi.tenant": "${env.AZURE_TENANT_ID}",
            "oauth2.token.file": "${env.AZURE_FEDERATED_TOKEN_FILE}",
        },
    ),
    # A managed identity of the machine's: one that is named, or its only one.
    ({"AZURE_CLIENT_ID"}, {**_oauth("MsiTokenProvider"), **_CLIENT}),
    (set(), _oauth("MsiTokenProvider")),
)


def azure_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Spark's settings for the first way whose variables are all there.

    Args:
        environment: The variables; their values matter to nothing here.
    """
    way = next(settings for needed, settings in _WAYS if needed <= environment.keys())
    return _NO_METRICS | {f"{_ACCOUNT}.{name}": value for name, value in way.items()}
