"""Times of the networks that a search looks through, and of the same networks in PyTorch.

    python -m tests.benchmarks.networks [--networks dlib,compact] [--batches 1,8] [--repeats 15]
        [--precision bfloat16] [--one_thread] [--json FILE]

Forward, and forward with backward to the input, weights frozen, as a search calls them: ours in a
`tf.function`, PyTorch eager with both memory layouts, of which the faster one counts. Both have
the same weights; that they give the same outputs is checked before. Calls take turns; the medians
in milliseconds are printed. A ratio below 1 means that ours is faster.

Where other programs use the cores, PyTorch's threads suffer more than TensorFlow's, and wall
times compare nothing; `--one_thread` gives each framework one thread and prints processor time.
"""

import argparse
import copy
import dataclasses
import json
import os
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import face_parsing_tf
import keras
import lightcnn_tf
import numpy as np
import tensorflow as tf

from face2param import features, schema
from face2param.features.frozen import freeze
from face2param.features.precision import PRECISIONS
from face2param.imitator import networks
from face2param.imitator.model import Imitator

try:
    import torch

    from tests import torch_networks
    from tests.torch_networks import dlib_resnet, imitator, lightcnn, narrow_bisenet
except ImportError:
    torch = None

TOLERANCE = {"float32": 1e-3, "bfloat16": 0.1}
"""Largest relative difference of an output between the two frameworks."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One network, twice.

    Attributes:
      call: the Keras network as a function of its inputs; a list of outputs.
      twin: the same network in PyTorch, or None where that is not installed.
      inputs: makes the inputs of a batch, channels last.
      outputs: how many there are; those of the twin come last in what it returns.
    """

    call: Callable[..., list[tf.Tensor]]
    twin: Any
    inputs: Callable[[int], list[np.ndarray]]
    outputs: int


def dlib(precision: str) -> Case:
    model = features.identity("dlib").model
    twin = dlib_resnet.from_keras(model) if torch else None
    return picture_case(model, twin, precision)


def lightcnn29v2(precision: str) -> Case:
    model, twin = lightcnn_tf.lightcnn29v2(), None
    if torch:
        twin = lightcnn.LightCNN29v2(classes=2)
        torch_networks.randomise(twin, 2.0)
        lightcnn_tf.load_torch_state(model, torch_networks.numpy_state(twin))
        twin.fc2 = torch.nn.Identity()  # the classifier, which ours was built without
    return picture_case(model, twin, precision)


def bisenet(width: float, size: int, fine_head: bool) -> Callable[[str], Case]:
    def build(precision: str) -> Case:
        model = face_parsing_tf.bisenet(19, width, size=(size, size), fine_head=fine_head)
        twin = None
        if torch:
            twin = narrow_bisenet.NarrowBiSeNet(19, width, fine_head)
            torch_networks.randomise(twin, 2.0)
            face_parsing_tf.load_torch_state(model, torch_networks.numpy_state(twin))
        return picture_case(model, twin, precision)

    return build


def imitators(name: str) -> Callable[[str], Case]:
    def build(precision: str) -> Case:
        ours = Imitator.load()
        config, model = ours.network, ours.model
        if name == "paper":
            config = networks.NetworkConfig(config.width, config.nuisance_width, "paper", 512)
            model = networks.build(config)
        frozen = freeze(model, precision, keep=("pixels",))

        def call(character, nuisance):
            found = frozen({"character": character, "nuisance": nuisance}, training=False)
            return [found[name] for name in ("image", "landmarks", "regions")]

        def inputs(batch: int) -> list[np.ndarray]:
            characters = schema.load("builtin").random(np.random.default_rng(0), batch)
            nuisance = np.zeros((batch, config.nuisance_width), np.float32)
            return [ours.schema.encode(characters), nuisance]

        return Case(call, imitator.from_keras(config, model) if torch else None, inputs, 3)

    return build


CASES = {
    "dlib": dlib,
    "lightcnn29v2": lightcnn29v2,
    "bisenet-0.5-fine-256": bisenet(0.5, 256, True),
    "bisenet-1.0-256": bisenet(1.0, 256, False),
    "bisenet-1.0-512": bisenet(1.0, 512, False),
    "compact": imitators("compact"),
    "paper": imitators("paper"),
}


def picture_case(model: keras.Model, twin, precision: str) -> Case:
    frozen = freeze(model, precision)
    names = [name for name in ("out", "coarse", "features") if isinstance(model.output, dict)]

    def call(pictures):
        found = frozen(pictures, training=False)
        return [found[name] for name in names] if names else [found]

    def inputs(batch: int) -> list[np.ndarray]:
        shape = (batch, *model.input.shape[1:])
        return [np.random.default_rng(0).random(shape, np.float32)]

    return Case(call, twin, inputs, max(1, len(names)))


def ours(case: Case, batch: int) -> tuple[Callable, Callable]:
    """Forward and forward-with-backward in TensorFlow, as functions without arguments."""
    inputs = [tf.constant(value) for value in case.inputs(batch)]
    forward = tf.function(case.call)

    @tf.function
    def backward(*values):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            total = tf.add_n([tf.reduce_sum(part * part) for part in case.call(*values)])
        return tape.gradient(total, values, unconnected_gradients="zero")

    return lambda: forward(*inputs), lambda: backward(*inputs)


def theirs(case: Case, batch: int, precision: str, layout) -> tuple[Callable, Callable]:
    """The same in PyTorch with one memory layout."""
    dtype = torch.float32 if precision == "float32" else torch.bfloat16
    network = copy.deepcopy(case.twin).to(dtype=dtype, memory_format=layout)
    network.eval().requires_grad_(False)
    inputs = []
    for value in case.inputs(batch):
        tensor = torch.from_numpy(value).to(dtype)
        if tensor.ndim == 4:
            tensor = tensor.permute(0, 3, 1, 2).contiguous(memory_format=layout)
        inputs.append(tensor)

    def call(values):
        found = network(*values)
        found = found if isinstance(found, tuple) else (found,)
        return [part.float() for part in found[-case.outputs :]]

    def forward():
        with torch.inference_mode():
            return call(inputs)

    def backward():
        values = [value.detach().requires_grad_() for value in inputs]
        total = sum((part * part).sum() for part in call(values))
        return torch.autograd.grad(total, values, allow_unused=True)

    return forward, backward


def channels_last(part) -> np.ndarray:
    return (part.permute(0, 2, 3, 1) if part.ndim == 4 else part).numpy()


def compare(name: str, expected: list[tf.Tensor], found: list, precision: str) -> float:
    """Returns the largest relative difference of an output; stops where it is too large."""
    worst = 0.0
    for one, other in zip(expected, found, strict=True):
        one, other = one.numpy(), channels_last(other)
        if one.shape != other.shape:
            raise SystemExit(f"{name}: shapes {one.shape} and {other.shape} differ")
        worst = max(worst, float(np.linalg.norm(one - other) / np.linalg.norm(one)))
    if worst > TOLERANCE[precision]:
        raise SystemExit(f"{name}: the two networks differ by {worst:.1e}")
    return worst


def medians(
    calls: dict[str, Callable], repeats: int, clock: Callable[[], float]
) -> dict[str, float]:
    """Milliseconds of each call, which take turns after two calls to warm up."""
    times: dict[str, list[float]] = {label: [] for label in calls}
    for turn in range(repeats + 2):
        for label, call in calls.items():
            time.sleep(0.005)  # the other framework's threads spin for a while after their work
            started = clock()
            call()
            if turn >= 2:
                times[label].append(1000 * (clock() - started))
    return {label: float(np.median(values)) for label, values in times.items()}


def measure(
    name: str, batch: int, precision: str, repeats: int, clock: Callable[[], float]
) -> dict[str, Any]:
    """Times one network at one batch size."""
    case = CASES[name](precision)
    calls = dict(zip(("forward", "backward"), ours(case, batch), strict=True))
    row: dict[str, Any] = {"network": name, "batch": batch, "precision": precision}
    if case.twin is not None:
        layouts = {"nchw": torch.contiguous_format, "nhwc": torch.channels_last}
        for label, layout in layouts.items():
            calls[f"forward {label}"], calls[f"backward {label}"] = theirs(
                case, batch, precision, layout
            )
        row["difference"] = compare(name, calls["forward"](), calls["forward nhwc"](), precision)
    row.update(medians(calls, repeats, clock))
    for direction in ("forward", "backward") if case.twin is not None else ():
        fastest = min(row[f"{direction} nchw"], row[f"{direction} nhwc"])
        row[f"{direction} ratio"] = row[direction] / fastest
    return row


COLUMNS = {
    "forward": "forward",
    "backward": "fwd+bwd",
    "forward nchw": "torch f nchw",
    "forward nhwc": "f nhwc",
    "backward nchw": "f+b nchw",
    "backward nhwc": "f+b nhwc",
}


def line(row: dict[str, Any]) -> str:
    numbers = [
        (f"{row[key]:.1f}" if key in row else "-").rjust(max(8, len(title)))
        for key, title in COLUMNS.items()
    ]
    ratios = [
        (f"{row[key]:.2f}" if key in row else "-").rjust(6)
        for key in ("forward ratio", "backward ratio")
    ]
    difference = f"{row['difference']:.0e}" if "difference" in row else "-"
    return " ".join([row["network"].ljust(20), f"{row['batch']:5d}", *numbers, *ratios, difference])


def main() -> None:
    """Parses the options, measures and prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--networks", default=",".join(CASES))
    parser.add_argument("--batches", default="1,8")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--precision", default="float32", choices=PRECISIONS)
    parser.add_argument("--one_thread", action="store_true", help="processor time of one thread")
    parser.add_argument("--json", help="also write the rows to this file")
    arguments = parser.parse_args()
    names = arguments.networks.split(",")
    if unknown := set(names) - set(CASES):
        parser.error(f"unknown networks {sorted(unknown)}; choose from {list(CASES)}")
    clock = time.perf_counter
    if arguments.one_thread:
        clock = time.process_time
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        if torch:
            torch.set_num_threads(1)
    version = f"PyTorch {torch.__version__}" if torch else "PyTorch is not installed"
    threads = "processor time of one thread" if arguments.one_thread else f"{os.cpu_count()} cores"
    print(f"{arguments.precision}, {threads}; median milliseconds of a batch; {version}")
    titles = [title.rjust(max(8, len(title))) for title in COLUMNS.values()]
    print(" ".join(["network".ljust(20), "batch", *titles, " ratio", "f+b ra", "difference"]))
    rows = []
    for name in names:
        for batch in map(int, arguments.batches.split(",")):
            rows.append(measure(name, batch, arguments.precision, arguments.repeats, clock))
            print(line(rows[-1]), flush=True)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
