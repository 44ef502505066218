"""The optimiser step under the Keras backend torch, for machines with a GPU."""

from typing import Any

import numpy as np
import torch

from face2param.imitator.samples import Samples
from face2param.imitator.stepping import MAXIMUM_NORM, Stepper


class TorchStepper(Stepper):
    """Eager PyTorch; the samples live on the GPU as uint8 where half its free memory holds them."""

    def __init__(self, *args: Any) -> None:
        """See `Stepper`; also lets cuDNN search for the fastest kernels of these fixed shapes."""
        super().__init__(*args)
        self.parameters = [variable.value for variable in self.model.trainable_variables]
        self.device = self.parameters[0].device
        self._average = [parameter.detach().clone() for parameter in self.parameters]
        if self.device.type == "cuda":
            torch.backends.cudnn.benchmark = True
            torch.backends.cuda.matmul.allow_tf32 = True
            torch.backends.cudnn.allow_tf32 = True

    def hold(self, samples: Samples) -> dict[str, torch.Tensor]:
        """Tensors by name: on the GPU, or in main memory where they do not fit."""
        arrays = samples.arrays()
        device = torch.device("cpu")
        if self.device.type == "cuda":
            free, _ = torch.cuda.mem_get_info(self.device)
            if sum(array.nbytes for array in arrays.values()) < free // 2:
                device = self.device
        return {
            name: torch.from_numpy(np.ascontiguousarray(array)).to(device)
            for name, array in arrays.items()
        }

    def step(
        self,
        held: dict[str, torch.Tensor],
        indices: np.ndarray,
        learning_rate: float,
        momentum: float,
    ) -> dict[str, torch.Tensor]:
        """See `Stepper.step`."""
        batch = self._batch(held, indices)
        outputs = self.model(_inputs(batch), training=True)
        terms = self.objective(outputs, batch)
        gradients = torch.autograd.grad(terms["loss"], self.parameters, allow_unused=True)
        with torch.no_grad():
            gradients = [
                torch.zeros_like(parameter) if gradient is None else gradient
                for parameter, gradient in zip(self.parameters, gradients, strict=True)
            ]
            norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
            scale = torch.clamp(MAXIMUM_NORM / (norm + 1e-12), max=1.0)
            gradients = torch._foreach_mul(gradients, scale)
            self.optimizer.learning_rate.assign(learning_rate)
            self.optimizer.apply(gradients, self.model.trainable_variables)
            torch._foreach_lerp_(self._average, self.parameters, 1 - momentum)
        return {name: term.detach() for name, term in terms.items()}

    def outputs(self, held: dict[str, torch.Tensor], indices: np.ndarray) -> dict[str, np.ndarray]:
        """See `Stepper.outputs`."""
        with torch.no_grad():
            outputs = self.model(_inputs(self._batch(held, indices)), training=False)
        return {name: output.float().cpu().numpy() for name, output in outputs.items()}

    def average(self) -> list[np.ndarray]:
        """See `Stepper.average`."""
        return [value.cpu().numpy().copy() for value in self._average]

    def set_average(self, values: list[np.ndarray]) -> None:
        """See `Stepper.set_average`."""
        for target, value in zip(self._average, values, strict=True):
            target.copy_(torch.from_numpy(np.asarray(value)))

    def _batch(self, held: dict[str, torch.Tensor], indices: np.ndarray) -> dict[str, torch.Tensor]:
        rows = torch.from_numpy(np.asarray(indices, np.int64))
        batch = {}
        for name, array in held.items():
            chosen = array[rows.to(array.device)]
            batch[name] = chosen.to(self.device, non_blocking=True)
        batch["image"] = batch.pop("images").to(torch.float32) * (1 / 255)
        return batch


def _inputs(batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {"character": batch["characters"], "nuisance": batch["nuisance"]}
