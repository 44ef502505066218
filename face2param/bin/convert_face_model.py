"""Converts a face model between formats: Basel 2009, Deep3D's .mat, FLAME, ICT-FaceKit, .npz."""

from collections.abc import Sequence
from pathlib import Path

from absl import flags

from face2param.bin import app
from face2param.errors import ConfigError, OutputError

_BFM = flags.DEFINE_string(
    "bfm", None, "01_MorphableModel.mat. The files below are looked for beside it."
)
_EXPRESSIONS = flags.DEFINE_string("expressions", None, "Exp_Pca.bin, for --bfm.")
_DEVIATIONS = flags.DEFINE_string("deviations", None, "std_exp.txt, for --bfm.")
_TRIM = flags.DEFINE_string("trim", None, "BFM_exp_idx.mat, for --bfm.")
_FRONT = flags.DEFINE_string("front", None, "BFM_front_idx.mat, for --bfm.")
_SELECT = flags.DEFINE_string("select", None, "select_vertex_id.mat, for --bfm.")
_INFO = flags.DEFINE_string("info", None, "facemodel_info.mat, for --bfm.")
_MODEL = flags.DEFINE_string(
    "model", None, "Any other model: builtin, .npz, .mat, FLAME's .pkl, ICT-FaceKit's folder."
)
_LANDMARKS = flags.DEFINE_string("landmarks", None, "landmark_embedding.npy, for FLAME.")
_TEMPLATE = flags.DEFINE_string("template", None, "head_template.obj, for FLAME.")
_OUTPUT = flags.DEFINE_string(
    "output", None, "File to write: NAME.mat (Deep3D's format) or NAME.npz.", required=True
)
_IDENTITY = flags.DEFINE_integer("identity", None, "Identity coefficients to keep.")
_EXPRESSION = flags.DEFINE_integer("expression", None, "Expression coefficients to keep.")
_ALBEDO = flags.DEFINE_integer("albedo", None, "Albedo coefficients to keep.")
_PREVIEW = flags.DEFINE_string("preview", None, "Picture of the model to write.")
_OVERWRITE = flags.DEFINE_bool("overwrite", False, "Replace the output if it exists.")


def main(argv: Sequence[str]) -> None:
    """Converts, and says what was read and what the output cannot hold."""
    del argv
    from face2param.morphable import deep3d_file, files

    output = Path(_OUTPUT.value)
    if output.suffix not in (".mat", ".npz"):
        raise ConfigError(f"--output={output}: must end in .mat (Deep3D's format) or .npz")
    if output.exists() and not _OVERWRITE.value:
        raise OutputError(f"{output} exists; give --overwrite to replace it")
    if (_BFM.value is None) == (_MODEL.value is None):
        raise ConfigError("give either --bfm=01_MorphableModel.mat or --model=FILE")
    model = _basel() if _BFM.value else _other()
    model = model.reduced(_IDENTITY.value, _EXPRESSION.value, _ALBEDO.value)
    sizes = ", ".join(f"{count} {name}" for name, count in model.sizes.items())
    print(
        f"read {model.name}: {len(model.mean):,} vertices, {len(model.faces):,} triangles, "
        f"coefficients: {sizes}"
    )
    if output.suffix == ".mat":
        for remark in deep3d_file.write(model, output):
            print(f"note: {remark}")
    else:
        files.save(model, output)
    print(f"wrote {output}; hash {model.hash}")
    if _PREVIEW.value:
        from face2param import images
        from face2param.morphable import preview

        images.write_image(_PREVIEW.value, preview.sheet(model))
        print(f"wrote {_PREVIEW.value}")


def _basel():
    from face2param.morphable import basel

    flag_of = {
        "expressions": _EXPRESSIONS, "deviations": _DEVIATIONS, "trim": _TRIM, "front": _FRONT,
        "select": _SELECT, "info": _INFO,
    }  # fmt: skip
    given = {name: Path(flag.value) for name, flag in flag_of.items() if flag.value}
    for name, path in {"bfm": Path(_BFM.value), **given}.items():
        if not path.is_file():
            raise ConfigError(f"--{name}={path}: there is no such file")
    companions = basel.Companions(**given).found_beside(_BFM.value, _EXPRESSIONS.value)
    sizes = (
        basel.IDENTITY if _IDENTITY.value is None else _IDENTITY.value,
        basel.EXPRESSION if _EXPRESSION.value is None else _EXPRESSION.value,
        basel.ALBEDO if _ALBEDO.value is None else _ALBEDO.value,
    )
    model = basel.read(_BFM.value, companions, sizes)
    if companions.expressions is None:
        print("note: without Exp_Pca.bin the model has no expressions")
    return model


def _other():
    from face2param import morphable
    from face2param.morphable import flame, registry

    source = _MODEL.value
    path = Path(source)
    if source != "builtin" and path.exists() and registry.recognise(path) == "flame":
        return flame.read(path, _LANDMARKS.value, _TEMPLATE.value)
    if _LANDMARKS.value or _TEMPLATE.value:
        raise ConfigError("--landmarks and --template belong to FLAME's files")
    return morphable.get(source)


if __name__ == "__main__":
    app.run(main)
