"""Draws one character to a picture file."""

from collections.abc import Sequence

from absl import flags

from face2param.bin import app, pairs

_OUTPUT = flags.DEFINE_string("output", None, "Picture file, .png or .jpg.", required=True)
_SEED = flags.DEFINE_integer("seed", None, "Draw a random character.", lower_bound=0)
_PARAMS = flags.DEFINE_string("params", None, "Draw the character of this params.json.")
_SPREAD = flags.DEFINE_float("spread", 1.0, "Of --seed: 1 is the full range of the sliders.")
_PLAUSIBLE = flags.DEFINE_bool(
    "plausible", True, "Of --seed: colours, hair and beards that go together."
)
_SET = flags.DEFINE_list("set", [], "Parameters to change: jaw_width=0.3,hair=bob.")
_NUISANCE = flags.DEFINE_list("nuisance", [], "Expression: jawOpen=0.4,mouthSmileLeft=0.8.")
_YAW = flags.DEFINE_float("yaw", 0.0, "Degrees that the head turns.")
_PITCH = flags.DEFINE_float("pitch", 0.0, "Degrees that the head nods.")
_ROLL = flags.DEFINE_float("roll", 0.0, "Degrees that the head tilts.")
_SIZE = flags.DEFINE_integer("size", 512, "Height and width in pixels.")
_ENGINE = flags.DEFINE_string("engine", "builtin", "Who draws.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace the picture file.")


def main(argv: Sequence[str]) -> None:
    """Draws the character and prints the name of the file."""
    del argv
    from face2param.pipelines import preview

    preview.check_output(_OUTPUT.value, _OVERWRITE.value)
    picture = preview.preview(
        _ENGINE.value,
        params=_PARAMS.value,
        seed=_SEED.value,
        spread=_SPREAD.value,
        plausible=_PLAUSIBLE.value,
        values=pairs.texts("set", _SET.value),
        nuisance=pairs.numbers("nuisance", _NUISANCE.value),
        turn=(_YAW.value, _PITCH.value, _ROLL.value),
        size=_SIZE.value,
    )
    print(preview.write_preview(_OUTPUT.value, picture, _OVERWRITE.value))


if __name__ == "__main__":
    app.run(main)
