"""The link to a game that runs: it draws what Python asks for.

`open("127.0.0.1:5010")` returns the engine that `face2param.engines.get("unity=127.0.0.1:5010")`
returns. The protocol stands in unity/PROTOCOL.md.
"""

from face2param.engines.base import Engine

__all__ = ["open"]


def open(argument: str | None = None) -> Engine:
    """Connects to a game.

    Args:
        argument: HOST:PORT; None: 127.0.0.1:5010, where the Unity package listens.

    Raises:
        EngineError: no game listens there, it serves another program, or it does not fit; the
            message says which.
    """
    from face2param.engines.unity.engine import UnityEngine

    return UnityEngine(argument)
