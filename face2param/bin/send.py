"""Shows a character in a running game."""

from collections.abc import Sequence

from absl import flags

from face2param.bin import app, pairs

_PARAMS = flags.DEFINE_string("params", None, "The character's params.json.", required=True)
_UNITY = flags.DEFINE_string("unity", "127.0.0.1:5010", "HOST:PORT of the game.")
_WATCH = flags.DEFINE_bool("watch", False, "Send it again whenever the file changes.")
_NUISANCE = flags.DEFINE_list("nuisance", [], "Expression: jawOpen=0.4,mouthSmileLeft=0.8.")
_FACE_NN = flags.DEFINE_string(
    "face_nn", None, "HOST:PORT of face-nn's own Unity project (UDP, 127.0.0.1:5011), instead."
)
_SHAPE = flags.DEFINE_enum("shape", "male", ["male", "female"], "Of --face_nn: body shape.")
_NAME = flags.DEFINE_string("name", "face", "Of --face_nn: name of the picture that it writes.")


def main(argv: Sequence[str]) -> None:
    """Sends the character and says who got it."""
    del argv
    from face2param.engines.unity import sending

    if _FACE_NN.value is not None:
        where = sending.send_to_facenn(_PARAMS.value, _FACE_NN.value, _SHAPE.value, _NAME.value)
        print(f"sent to {where}; face-nn does not answer")
        return
    expression = pairs.numbers("nuisance", _NUISANCE.value)
    game = sending.send(_PARAMS.value, _UNITY.value, expression, _WATCH.value)
    print(f"shown by {game}")


if __name__ == "__main__":
    app.run(main)
