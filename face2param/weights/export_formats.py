"""Writing and running the three formats of exported networks."""

from __future__ import annotations

import abc
import dataclasses
import importlib
import importlib.metadata
import logging
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from face2param.errors import DependencyError, WeightsError

Runner = Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]]
OPSET = 15
"""Of ONNX. The highest that every release of Unity's Sentis reads (7 to 15)."""
_SIGNATURE = "serving_default"


@dataclasses.dataclass(frozen=True)
class Serving:
    """A Keras model as a TensorFlow function with named inputs and outputs.

    Attributes:
      model: holds the weights.
      function: `tf.function` from keyword arguments to a dictionary.
      specs: `tf.TensorSpec` of each input by name.
    """

    model: Any
    function: Any
    specs: dict[str, Any]


class Format(abc.ABC):
    """A kind of file.

    Attributes:
      name: by which users call it.
      suffix: of the file; empty for a folder.
      packages: pip packages that write and run it, beside TensorFlow.
      runtime: the package that runs it.
      precisions: in which it can hold the weights.
    """

    name: str
    suffix: str
    packages: tuple[str, ...]
    runtime: str
    precisions: tuple[str, ...] = ("float32", "float16")

    @abc.abstractmethod
    def write(self, serving: Serving, path: Path, precision: str) -> None:
        """Writes the network; float16 stores kernels so and computes in float32."""

    @abc.abstractmethod
    def open(self, path: Path) -> Runner:
        """Opens a file with its own runtime; needs neither Keras nor the model."""

    def version(self) -> str:
        """Name and version of the runtime."""
        for name in (self.runtime, "tensorflow-cpu"):
            try:
                return f"{self.runtime} {importlib.metadata.version(name)}"
            except importlib.metadata.PackageNotFoundError:
                continue
        return self.runtime

    def need(self, module: str) -> Any:
        """Imports a module of one of `packages`.

        Raises:
          DependencyError: it is not installed.
        """
        try:
            return importlib.import_module(module)
        except ImportError as error:
            raise DependencyError(
                f"the format {self.name} needs the package {module.partition('.')[0]} ({error}): "
                f"pip install {' '.join(self.packages)}"
            ) from None


class SavedModel(Format):
    """A folder that TensorFlow, TensorFlow Serving and TensorFlow.js read."""

    name, suffix, packages, runtime = "savedmodel", "", ("tensorflow",), "tensorflow"
    precisions = ("float32",)

    def write(self, serving: Serving, path: Path, precision: str) -> None:
        """See the base class."""
        tf = self.need("tensorflow")
        module = tf.Module()
        # TensorFlow saves the variables that hang on the module. Plain ones: where the Keras
        # model itself hangs there, LiteRT's converter later finds no weights.
        module.weights = [variable.value for variable in serving.model.variables]
        module.serve = serving.function
        concrete = serving.function.get_concrete_function(**serving.specs)
        tf.saved_model.save(module, str(path), signatures={_SIGNATURE: concrete})

    def open(self, path: Path) -> Runner:
        """See the base class."""
        tf = self.need("tensorflow")
        loaded = tf.saved_model.load(str(path))
        signature = loaded.signatures[_SIGNATURE]

        def run(values: Mapping[str, np.ndarray], keep: Any = loaded) -> dict[str, np.ndarray]:
            # `keep` holds the variables: the signature alone would let them go.
            found = signature(**{name: tf.constant(value) for name, value in values.items()})
            return {name: np.asarray(value) for name, value in found.items()}

        return run


class Onnx(Format):
    """A file for ONNX Runtime, Unity's Sentis and most other runtimes."""

    name, suffix, runtime = "onnx", ".onnx", "onnxruntime"
    packages = ("tf2onnx", "onnx", "onnxruntime")

    def write(self, serving: Serving, path: Path, precision: str) -> None:
        """See the base class."""
        tf = self.need("tensorflow")
        onnx, tf2onnx = self.need("onnx"), self.need("tf2onnx")
        logging.getLogger("tf2onnx").setLevel(logging.WARNING)  # it reports every step

        def positional(*tensors: Any) -> dict[str, Any]:
            return serving.function(**dict(zip(serving.specs, tensors, strict=True)))

        function, specs = tf.function(positional), list(serving.specs.values())
        proto, _ = tf2onnx.convert.from_function(function, input_signature=specs, opset=OPSET)
        _bind_constants(onnx, proto.graph, function.get_concrete_function(*specs))
        for tensor in (*proto.graph.input, *proto.graph.output):
            for axis, size in enumerate(tensor.type.tensor_type.shape.dim):
                if not size.HasField("dim_value"):
                    # tf2onnx invents another name for the batch of each tensor.
                    size.dim_param = "batch" if axis == 0 else f"{tensor.name}_{axis}"
        if precision == "float16":
            _store_half(onnx, proto.graph)
        onnx.checker.check_model(proto)
        path.write_bytes(proto.SerializeToString())

    def open(self, path: Path) -> Runner:
        """See the base class."""
        runtime = self.need("onnxruntime")
        options = runtime.SessionOptions()
        options.log_severity_level = 3  # errors
        session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]

        def run(values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            return dict(zip(names, session.run(names, dict(values)), strict=True))

        return run


class LiteRt(Format):
    """A `.tflite` file for LiteRT (TensorFlow Lite) on phones and in browsers."""

    name, suffix, packages = "litert", ".tflite", ("ai-edge-litert",)
    runtime = "ai-edge-litert"

    def write(self, serving: Serving, path: Path, precision: str) -> None:
        """See the base class.

        By way of a SavedModel: `TFLiteConverter.from_concrete_functions` given a Keras 3
        model as well drops its weights without a word (TensorFlow 2.21).

        Raises:
          WeightsError: LiteRT has no operation for something in the network.
        """
        tf = self.need("tensorflow")
        folder = path.with_name(f"{path.name}.savedmodel")
        SavedModel().write(serving, folder, "float32")
        converter = tf.lite.TFLiteConverter.from_saved_model(str(folder))
        if precision == "float16":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.target_spec.supported_types = [tf.float16]
        try:
            path.write_bytes(converter.convert())
        except Exception as error:  # the converter's own class is not public
            missing = re.findall(r"(?:TF Select|Custom) ops: (.*)", str(error))
            reason = f"it has no {', '.join(missing)}" if missing else str(error)[:200]
            hint = (
                "; where nearest UpSampling2D follows upon a reshaped dense layer, a fixed batch "
                "helps: try batch 1"
            )
            fixed = all(spec.shape[0] for spec in serving.specs.values())
            raise WeightsError(
                f"LiteRT cannot hold {serving.model.name}: {reason}{'' if fixed else hint}"
            ) from None

    def open(self, path: Path) -> Runner:
        """See the base class."""
        module = self.need("ai_edge_litert.interpreter")
        interpreter = module.Interpreter(model_path=str(path))
        runner = interpreter.get_signature_runner(_SIGNATURE)

        def run(values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            return runner(**values)

        return run


FORMATS: dict[str, Format] = {kind.name: kind for kind in (SavedModel(), Onnx(), LiteRt())}


def _bind_constants(onnx: Any, graph: Any, concrete: Any) -> None:
    """Stores the tensors that the model holds beside its weights.

    A Keras operation may keep a tensor as its argument (a mean that is subtracted); tf2onnx
    makes them inputs of the file.
    """
    names = [tensor.name for tensor in concrete.inputs[-len(concrete.captured_inputs) :]]
    held = dict(zip(names, concrete.captured_inputs, strict=False))
    for tensor in list(graph.input):
        if tensor.name in held:
            values = np.asarray(held[tensor.name])
            graph.initializer.append(onnx.numpy_helper.from_array(values, tensor.name))
            graph.input.remove(tensor)


def _store_half(onnx: Any, graph: Any, smallest: int = 1024) -> None:
    """Stores large constants as float16 and casts them back, which runtimes do once at start."""
    casts = []
    for constant in graph.initializer:
        values = onnx.numpy_helper.to_array(constant)
        if values.dtype != np.float32 or values.size < smallest:
            continue
        name = constant.name
        with np.errstate(over="ignore"):  # infinities are found by the check that follows
            half = values.astype(np.float16)
        constant.CopyFrom(onnx.numpy_helper.from_array(half, f"{name}/half"))
        casts.append(onnx.helper.make_node("Cast", [f"{name}/half"], [name], to=1))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
