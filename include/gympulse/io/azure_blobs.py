"""Blobs of an Azure account for what obstore has no call for, by the same environment.

delta-rs looks at these variables in this order, and so does this module:
``AZURE_STORAGE_ACCOUNT_KEY``, else what ``azure.identity`` makes of ``AZURE_CLIENT_ID``,
``AZURE_TENANT_ID`` and ``AZURE_CLIENT_SECRET`` or ``AZURE_FEDERATED_TOKEN_FILE``, else the
machine's managed identity.
"""

import logging
import os
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from azure.identity import DefaultAzureCredential
from azure.storage.blob import BlobClient, ExponentialRetry

# An account that does not answer is told of in half a minute.
_RETRY = ExponentialRetry(initial_backoff=1, increment_base=2, retry_total=4)

# Its news of every request would bury a job's.
logging.getLogger("azure").setLevel(logging.WARNING)


def blob(path: str) -> BlobClient:
    """The blob at an ``abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/...`` path."""
    address = urlsplit(path)
    account = (address.hostname or "").partition(".")[0]
    return BlobClient(
        _endpoint(account),
        container_name=address.username or "",
        blob_name=address.path.lstrip("/"),
        credential=_credential(account),
        retry_policy=_RETRY,
    )


def _endpoint(account: str) -> str:
    if os.environ.get("AZURE_STORAGE_USE_EMULATOR", "").lower() in ("true", "1"):
        emulator = os.environ.get("AZURITE_BLOB_STORAGE_URL", "http://127.0.0.1:10000")
        return f"{emulator.rstrip('/')}/{account}"
    return f"https://{account}.blob.core.windows.net"


def _credential(account: str) -> Any:
    if key := os.environ.get("AZURE_STORAGE_ACCOUNT_KEY"):
        return {"account_name": account, "account_key": key}
    return _identity()


@cache
def _identity() -> DefaultAzureCredential:
    return DefaultAzureCredential()
