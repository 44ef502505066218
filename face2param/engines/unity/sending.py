"""Sends the character of a file to a game that runs."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from face2param.engines.unity.engine import UnityEngine
from face2param.engines.unity.legacy import PORT, SCHEMAS, LegacySender
from face2param.engines.unity.protocol import LinkError
from face2param.engines.unity.transport import Address
from face2param.errors import SchemaError
from face2param.schema import Character, facenn, load
from face2param.schema.serialization import read_json_object

_LOOK_SECONDS = 0.2


def send(
    params: str | os.PathLike,
    address: str | None = None,
    nuisance: Mapping[str, float] | None = None,
    watch: bool = False,
) -> str:
    """Shows the character of a params.json in the game.

    Args:
        params: the file.
        address: HOST:PORT of the game; None: 127.0.0.1:5010.
        nuisance: expression and pose by name.
        watch: send it again whenever the file changes, until interrupted; while the file is gone,
            what was shown last stays.

    Returns:
        The game's name and version.

    Raises:
        LinkError: the game cannot be reached, or has another schema.
        SchemaError: the file cannot be read or belongs to another schema.
    """
    with UnityEngine(address) as game:
        vector = game.schema.nuisance_vector(**(nuisance or {}))
        seen, failed = _stamp(params), None
        game.show(Character.load(params, game.schema), vector)
        while watch:
            time.sleep(_LOOK_SECONDS)
            now = _stamp(params)
            if now in (seen, None):
                continue
            try:
                character = Character.load(params, game.schema)
            except SchemaError:
                if now == failed:
                    raise
                failed = now  # half written, perhaps
                continue
            seen = now
            game.show(character, vector)
        return game.version


def send_to_facenn(
    params: str | os.PathLike, address: str | None = None, shape: str = "male", name: str = "face"
) -> str:
    """Sends a params.json of facenn95 or facenn99, or a .bytes file, to face-nn's Unity project.

    Args:
        params: the file; a .bytes file says the shape itself.
        address: HOST:PORT; None: 127.0.0.1:5011.
        shape: "male" or "female".
        name: of the picture that face-nn writes.

    Returns:
        The address.

    Raises:
        LinkError: another schema, or the address is none.
        SchemaError: the params.json cannot be read.
        CodecError: the .bytes file cannot be read.
    """
    number = facenn.SHAPES[shape]
    if Path(params).suffix == ".bytes":
        number, character = facenn.read_bytes(params)
    else:
        schema = read_json_object(params, "character").get("schema")
        if schema not in SCHEMAS:
            raise LinkError(
                "bad_request",
                f"{params} holds a character of schema {schema!r}; face-nn draws "
                f"{' and '.join(SCHEMAS)} only",
            )
        character = Character.load(params, load(schema))
    where = Address.parse(address, PORT)
    with LegacySender(where) as sender:
        sender.parameters(character, number, name)
    return str(where)


def _stamp(path: str | os.PathLike) -> tuple[int, int] | None:
    try:
        state = os.stat(path)
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size
