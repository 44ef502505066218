"""Writes the generated files of the Unity package: C# schemas and .meta files."""

from collections.abc import Sequence

from absl import flags

from face2param.bin import app
from face2param.errors import ConfigError

_PACKAGE = flags.DEFINE_string(
    "package", None, "Folder of the Unity package; the checkout's if not given."
)
_CHECK = flags.DEFINE_bool("check", False, "Write nothing; fail where a file is not current.")


def main(argv: Sequence[str]) -> None:
    """Writes or checks the files."""
    del argv
    from face2param.pipelines import unity_package

    package = _PACKAGE.value or unity_package.PACKAGE
    if _CHECK.value:
        stale = unity_package.stale(package)
        if stale:
            raise ConfigError(
                f"{stale[0]} ({len(stale)} such files in {package}); run "
                "python -m face2param.bin.unity_schema"
            )
        print(f"{package} is current")
        return
    for name in unity_package.write(package):
        print(name)


if __name__ == "__main__":
    app.run(main)
