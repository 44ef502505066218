"""The link to a game that runs: it draws what Python asks for.

`open("127.0.0.1:5010")` returns the engine that `face2param.engines.get("unity=127.0.0.1:5010")`
returns. The protocol stands in unity/PROTOCOL.md.
"""

import os
import weakref

from face2param.engines.base import Engine

__all__ = ["open"]

_engines: weakref.WeakValueDictionary[tuple[int, str], Engine] = weakref.WeakValueDictionary()


def open(argument: str | None = None) -> Engine:
    """Connects to a game.

    A game serves one connection. While an engine of this process is connected, the same engine is
    returned again; it may be used by many threads.

    Args:
        argument: HOST:PORT; None: 127.0.0.1:5010, where the Unity package listens.

    Raises:
        EngineError: no game listens there, it serves another program, or it does not fit; the
            message says which.
    """
    from face2param.engines.unity.engine import UnityEngine
    from face2param.engines.unity.transport import Address

    address = Address.parse(argument)
    key = (os.getpid(), str(address))
    engine = _engines.get(key)
    if engine is None or not engine.is_connected:
        _engines[key] = engine = UnityEngine(address)
    return engine
