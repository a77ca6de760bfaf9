"""The REST API and the dashboard by themselves, for who has the key.

GYMPULSE_API_KEY=... python -m gympulse.serving --lake DIR
"""

import argparse
import sys
from collections.abc import Sequence

import uvicorn

from gympulse.errors import BadSettings
from gympulse.lake import Lake, problem_of
from gympulse.serving.app import create_app
from gympulse.serving.limits import KEY_VARIABLE, Limits, by_key, key_from


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted; a failure is a sentence, never a stack trace."""
    parser = argparse.ArgumentParser(prog="python -m gympulse.serving", description=__doc__)
    parser.add_argument("--lake", required=True, help="local path or abfss:// URI of the lake")
    parser.add_argument("--env", default="dev", help="environment below the lake (dev)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8090, help="port to listen at (8090)")
    parser.add_argument("--rate", default=Limits.rate, help=f"one caller's ({Limits.rate})")
    args = parser.parse_args(argv)
    try:
        if problem := problem_of(args.lake):
            raise BadSettings([problem])
        key = key_from()
    except BadSettings as error:
        print(error, file=sys.stderr)
        return 1
    address = f"http://{args.host}:{args.port}"
    print(f"Dashboard {address}/dashboard/gyms, documentation {address}/docs; the password is")
    print(f"what {KEY_VARIABLE} holds, with any user name. Ctrl-C ends it.", flush=True)
    lake = Lake(args.lake, args.env)
    app = create_app(lambda: lake, by_key(key), Limits(rate=args.rate))
    uvicorn.run(app, host=args.host, port=args.port, log_level="warning", server_header=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
