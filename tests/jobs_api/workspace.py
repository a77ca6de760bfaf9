"""The part of Databricks' REST API that runs of jobs need, on loopback."""

import itertools
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from jobs_api.cluster import Cluster
from jobs_api.runs import JobRun
from jobs_api.sdk_types import problems_of_submit


class Refused(Exception):
    """A request that the API refuses, with an HTTP status and the API's own code."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code = status, code
        super().__init__(message)


class Workspace:
    """One workspace.

    Args:
        folder: Where its clusters' files go.
        token: Whoever asks must have it.
        files: Wheels by their path in the workspace.
        secrets: By scope and key.

    Attributes:
        runs: All runs, by their number.
        port: Where it answers.
    """

    def __init__(
        self,
        folder: Path,
        token: str,
        files: Mapping[str, Path],
        secrets: Mapping[tuple[str, str], str],
    ) -> None:
        self._folder, self._token, self._files, self._secrets = folder, token, files, secrets
        self._numbers = itertools.count(1001, 2)
        self._lock = threading.Lock()
        self.runs: dict[int, JobRun] = {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    @contextmanager
    def serving(self) -> Iterator["Workspace"]:
        """Answer; at the end, end every cluster."""
        server = uvicorn.Server(uvicorn.Config(self._app(), log_level="warning"))
        thread = threading.Thread(target=server.run, args=([self._listener],))
        thread.start()
        try:
            yield self
        finally:
            server.should_exit = True
            thread.join()
            for run in self.runs.values():
                run.cancel()

    def submit(self, body: Any) -> dict[str, Any]:
        """Take a run on; one with a token that is known is the run of old."""
        if problems := problems_of_submit(body):
            raise Refused(400, "INVALID_PARAMETER_VALUE", "; ".join(problems))
        if len(token := body.get("idempotency_token", "")) > 64:
            raise Refused(400, "INVALID_PARAMETER_VALUE", "idempotency_token is too long")
        with self._lock:
            for run in self.runs.values():
                if token and run.request.get("idempotency_token") == token:
                    return {"run_id": run.run_id}
            number = next(self._numbers)
            page = f"http://127.0.0.1:{self.port}/jobs/{number}/runs/{number}"
            folder = self._folder / str(number)
            self.runs[number] = JobRun(
                number,
                body,
                page,
                lambda task: Cluster(task, folder, self._files, self._secrets),
            )
            return {"run_id": number}

    def _run(self, number: Any) -> JobRun:
        if int(number) not in self.runs:
            raise Refused(400, "INVALID_PARAMETER_VALUE", f"Run {number} does not exist.")
        return self.runs[int(number)]

    def _app(self) -> FastAPI:
        app = FastAPI(dependencies=[Depends(self._know)])
        app.exception_handler(Refused)(_refuse)
        runs = "/api/2.2/jobs/runs"

        @app.post(f"{runs}/submit")
        async def submit(request: Request) -> dict:
            return self.submit(await request.json())

        @app.get(f"{runs}/get")
        async def get(request: Request) -> dict:
            return self._run(await _number(request)).told().as_dict()

        @app.get(f"{runs}/get-output")
        async def get_output(request: Request) -> dict:
            number = await _number(request)
            if number in self.runs:
                said = "The output of runs of several tasks is to be had by task."
                raise Refused(400, "INVALID_PARAMETER_VALUE", said)
            return self._run(number - 1).output().as_dict()

        @app.post(f"{runs}/cancel")
        async def cancel(request: Request) -> dict:
            self._run(await _number(request)).cancel()
            return {}

        return app

    def _know(self, sent: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> None:
        if sent.credentials != self._token:
            raise Refused(403, "PERMISSION_DENIED", "Invalid access token.")


async def _refuse(request: Request, error: Refused) -> JSONResponse:
    return JSONResponse({"error_code": error.code, "message": str(error)}, error.status)


async def _number(request: Request) -> int:
    # The provider's triggers send it in the body of a GET.
    sent = request.query_params or await request.json()
    return int(sent["run_id"])
