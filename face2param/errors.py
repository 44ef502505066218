"""The exception tree of the library.

Every message says what went wrong, where, what was received and what to do. The
programs in `face2param/bin/` turn any of these into one line on stderr and exit code 2.
"""


class Face2ParamError(Exception):
    """Base of everything that face2param raises on purpose."""


class ConfigError(Face2ParamError):
    """A configuration value is out of range or two values contradict each other."""


class DependencyError(Face2ParamError):
    """An optional package is missing; the message names the pip command that brings it."""


class ImageError(Face2ParamError):
    """A picture cannot be read, is truncated, or has an unusable size."""


class NoFaceError(Face2ParamError):
    """No face was found in a picture, or not the one that was asked for."""


class OutputError(Face2ParamError):
    """An output folder or file cannot be written, or already holds results."""


class SchemaError(Face2ParamError):
    """A parameter schema is malformed, or data belongs to another schema."""


class CodecError(Face2ParamError):
    """A file in a foreign format is not what its size and header promise."""


class WeightsError(Face2ParamError):
    """Network weights are missing, damaged, or belong to another schema."""


class DatabaseError(Face2ParamError):
    """A rendered database is incomplete, damaged, or mixes schemas."""


class EngineError(Face2ParamError):
    """An engine was asked for something that it cannot draw."""


class SearchError(Face2ParamError):
    """The parameter search met a value that is not a number."""


class FaceModelError(Face2ParamError):
    """A linear face model, or the file of one, is incomplete, damaged or of the wrong size."""
