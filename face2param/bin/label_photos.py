"""Labels the regions of portraits by landmarks and colour, as training data for train_parsing."""

from collections.abc import Sequence
from pathlib import Path

from absl import flags
from tqdm import tqdm

from face2param.bin import app

_PHOTOS = flags.DEFINE_string("photos", None, "Folder of portraits.", required=True)
_OUTPUT = flags.DEFINE_string(
    "output", None, "Folder to write NAME.jpg and NAME.png to.", required=True
)
_SIZE = flags.DEFINE_integer("size", 320, "Side of the pictures written.", lower_bound=64)
_HOLD_OUT_EVERY = flags.DEFINE_integer(
    "hold_out_every", 0, "Leave every n-th photograph (by name) out; 0 takes all.", lower_bound=0
)
_SUFFIXES = {".jpg", ".jpeg", ".png"}


def main(argv: Sequence[str]) -> None:
    """Writes NAME.jpg and NAME.png for every portrait in which a face is found."""
    del argv
    from face2param.alignment.detect import choose_face, detect_faces
    from face2param.alignment.landmarks import predict_landmarks
    from face2param.errors import ImageError, NoFaceError
    from face2param.features.parsing_training.labelled_photos import label_portrait, write_pair
    from face2param.images import read_image

    output = Path(_OUTPUT.value)
    paths = sorted(p for p in Path(_PHOTOS.value).glob("*") if p.suffix.lower() in _SUFFIXES)
    if not paths:
        raise ImageError(f"{_PHOTOS.value}: holds no .jpg or .png pictures")
    if _HOLD_OUT_EVERY.value:
        paths = [p for i, p in enumerate(paths) if i % _HOLD_OUT_EVERY.value]
    done = 0
    for path in tqdm(paths, unit="photo"):
        try:
            image = read_image(path)
            landmarks = predict_landmarks(image, choose_face(detect_faces(image), None))
        except (ImageError, NoFaceError) as error:
            tqdm.write(f"left out: {error}")
            continue
        write_pair(output, path.stem, *label_portrait(image, landmarks, _SIZE.value))
        done += 1
    print(f"{done} labelled photographs in {output}")


if __name__ == "__main__":
    app.run(main)
