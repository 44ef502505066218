"""Measures how well characters fit a folder of photographs or known answers."""

from collections.abc import Sequence

from absl import flags

from face2param.bin import app
from face2param.errors import ConfigError

_PHOTOS = flags.DEFINE_string("photos", None, "Folder of photographs.")
_KNOWN_ANSWER = flags.DEFINE_integer(
    "known_answer", 0, "Instead of photographs: so many random characters drawn by the engine."
)
_OUTPUT = flags.DEFINE_string("output", None, "Folder for the report.", required=True)
_LIMIT = flags.DEFINE_integer("limit", None, "At most so many photographs, evenly spread.")
_SEED = flags.DEFINE_integer("seed", 0, "Of the random characters, and of the order of line-ups.")
_PRESET = flags.DEFINE_enum("preset", "default", ["default", "paper"], "How to search.")
_ENGINE = flags.DEFINE_string("engine", "builtin", "Who draws the characters.")
_IMITATOR = flags.DEFINE_string("imitator", "builtin", "Folder of a trained imitator.")
_IDENTITY = flags.DEFINE_enum(
    "identity", "dlib", ["dlib", "lightcnn29v2"], "Network that recognises faces."
)
_PARSING = flags.DEFINE_string("parsing", "default", "File of parsing weights.")
_PRECISION = flags.DEFINE_enum(
    "precision",
    None,
    ["float32", "bfloat16"],
    "In which the networks compute; bfloat16 only on a processor with AMX. Default: the preset's.",
)
_MODE = flags.DEFINE_enum(
    "mode", "search", ["search", "oneshot"], "Search, or take the estimator's answers as they are."
)
_ESTIMATOR = flags.DEFINE_string("estimator", "builtin", "Folder of a trained estimator.")
_LINEUP = flags.DEFINE_integer(
    "lineup",
    0,
    "Also draw sheets of one character and so many photographs to choose from; their order "
    "follows --seed, the answers go to answers.json.",
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace a report in the output folder.")
_FILES = ("report.json", "contact_sheet.png", "answers.json")


def main(argv: Sequence[str]) -> None:
    """Evaluates, prints the table and writes the report."""
    del argv
    if (_PHOTOS.value is None) == (_KNOWN_ANSWER.value <= 0):
        raise ConfigError("give either --photos=FOLDER or --known_answer=N with N of at least 1")
    if _LINEUP.value < 0 or _LINEUP.value == 1:
        raise ConfigError(f"--lineup={_LINEUP.value}: a line-up needs at least 2 photographs")
    from face2param.features import precision
    from face2param.pipelines.result import check_folder

    if _PRECISION.value:
        precision.check(_PRECISION.value)
    check_folder(_OUTPUT.value, _OVERWRITE.value, _FILES)
    if _PHOTOS.value is not None:
        from face2param.pipelines.photos import list_photos

        count = len(list_photos(_PHOTOS.value))  # told before TensorFlow is loaded
    else:
        count = _KNOWN_ANSWER.value
    count = min(count, _LIMIT.value or count)
    if _LINEUP.value > count:
        raise ConfigError(f"--lineup={_LINEUP.value}: there are only {count} photographs")
    from face2param.pipelines import evaluate, lineup, report, toolbox

    tools = toolbox.load(
        _ENGINE.value, _IMITATOR.value, _IDENTITY.value, _PARSING.value, _ESTIMATOR.value
    )
    if _PHOTOS.value is not None:
        found = evaluate.of_folder(
            _PHOTOS.value,
            tools,
            _PRESET.value,
            _LIMIT.value,
            True,
            _PRECISION.value,
            _MODE.value,
        )
    else:
        found = evaluate.of_known_answers(
            _KNOWN_ANSWER.value,
            tools,
            _SEED.value,
            _PRESET.value,
            True,
            _PRECISION.value,
            _MODE.value,
        )
    print(report.table(found))
    print(report.save(found, _OUTPUT.value, _OVERWRITE.value))
    if _LINEUP.value:
        print(lineup.save(found.results, _OUTPUT.value, _LINEUP.value, _SEED.value))


if __name__ == "__main__":
    app.run(main)
