"""Measures reconstructed faces against scans, in millimetres."""

from collections.abc import Sequence

from absl import flags

from face2param.bin import app

_UNITS = ["mm", "cm", "dm", "m"]
_PREDICTIONS = flags.DEFINE_string(
    "predictions",
    None,
    "Folder of predicted meshes NAME.obj, or of folders NAME/ that reconstruct wrote; with a "
    "neutral expression where the scans have one.",
    required=True,
)
_SCANS = flags.DEFINE_string("scans", None, "Folder of the true meshes, NAME.obj.", required=True)
_OUTPUT = flags.DEFINE_string("output", None, "Folder for the report.", required=True)
_PREDICTION_LANDMARKS = flags.DEFINE_string(
    "prediction_landmarks",
    None,
    "Folder of NAME.txt, .npy or .pp with 7 or 68 points; default: beside the meshes.",
)
_SCAN_LANDMARKS = flags.DEFINE_string("scan_landmarks", None, "The same of the scans.")
_SCAN_UNIT = flags.DEFINE_enum("scan_unit", "mm", _UNITS, "Unit of the scans.")
_PREDICTION_UNIT = flags.DEFINE_enum(
    "prediction_unit",
    None,
    _UNITS,
    "Unit of the predictions, whose size then counts; default: they are scaled to the scans.",
)
_ALLOW_MISSING = flags.DEFINE_bool(
    "allow_missing", False, "Leave out meshes without a partner instead of refusing them."
)
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace a report in the output folder.")


def main(argv: Sequence[str]) -> None:
    """Measures, prints the table and writes the report."""
    del argv
    from face2param.pipelines import reconstruction_report as report
    from face2param.pipelines.result import check_folder

    check_folder(_OUTPUT.value, _OVERWRITE.value, report.FILES)
    cases = report.of_folders(
        _PREDICTIONS.value,
        _SCANS.value,
        _PREDICTION_LANDMARKS.value,
        _SCAN_LANDMARKS.value,
        _SCAN_UNIT.value,
        _PREDICTION_UNIT.value,
        _ALLOW_MISSING.value,
        True,
    )
    print(report.table(cases))
    print(report.save(cases, _OUTPUT.value, _OVERWRITE.value))


if __name__ == "__main__":
    app.run(main)
