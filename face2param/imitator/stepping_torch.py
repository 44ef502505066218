"""The optimiser step under the Keras backend torch, for machines with a GPU."""

import contextlib
from typing import Any

import numpy as np
import torch

from face2param.imitator.optimizers import OptimizerConfig, decays
from face2param.imitator.samples import Samples
from face2param.imitator.stepping import Stepper

Batch = dict[str, torch.Tensor]


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
        self.optimizer = _optimizer(self.optimizer_config, self.parameters)

    def hold(self, samples: Samples) -> Batch:
        """Tensors by name: on the GPU, or in main memory where they do not fit."""
        arrays = samples.arrays()
        if self.objective.identity is not None:
            arrays["descriptors"] = self.describe(samples)
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
        self, held: Batch, indices: np.ndarray, learning_rate: float, momentum: float
    ) -> Batch:
        """See `Stepper.step`."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        batch = self._batch(held, indices)
        terms = self.objective(self.model(_inputs(batch), training=True), batch)
        gradients = torch.autograd.grad(terms["loss"], self.parameters, allow_unused=True)
        with torch.no_grad():
            for parameter, gradient in zip(self.parameters, gradients, strict=True):
                # The fused optimiser refuses gradients in another memory order than the weights'.
                parameter.grad = (
                    torch.zeros_like(parameter) if gradient is None else gradient.contiguous()
                )
            if self.optimizer_config.maximum_norm:
                _clip([p.grad for p in self.parameters], self.optimizer_config.maximum_norm)
            self.optimizer.step()
            torch._foreach_lerp_(self._average, self.parameters, 1 - momentum)
        return {name: term.detach() for name, term in terms.items()}

    def outputs(self, held: Batch, indices: np.ndarray) -> dict[str, np.ndarray]:
        """See `Stepper.outputs`."""
        with torch.no_grad():
            outputs = self.model(_inputs(self._batch(held, indices)), training=False)
        return {name: output.float().cpu().numpy() for name, output in outputs.items()}

    def no_gradient(self) -> contextlib.AbstractContextManager:
        """See `Stepper.no_gradient`."""
        return torch.no_grad()

    def average(self) -> list[np.ndarray]:
        """See `Stepper.average`."""
        return [value.cpu().numpy().copy() for value in self._average]

    def set_average(self, values: list[np.ndarray]) -> None:
        """See `Stepper.set_average`."""
        for target, value in zip(self._average, values, strict=True):
            target.copy_(torch.from_numpy(np.asarray(value)))

    def optimizer_state(self) -> list[np.ndarray]:
        """For each parameter its tensors in alphabetic order; zeros before the first step."""
        return [value.detach().cpu().numpy().copy() for _, _, value in self._slots()]

    def set_optimizer_state(self, values: list[np.ndarray]) -> None:
        """See `Stepper.set_optimizer_state`."""
        for (parameter, name, old), value in zip(self._slots(), values, strict=True):
            tensor = torch.from_numpy(np.array(value)).to(old.device)
            self.optimizer.state[parameter][name] = tensor

    def _slots(self) -> list[tuple[torch.Tensor, str, torch.Tensor]]:
        """(parameter, name, tensor) of the optimiser, whether it has made a step or not."""
        slots = []
        is_adam = self.optimizer_config.name == "adamw"
        names = ("exp_avg", "exp_avg_sq", "step") if is_adam else ("momentum_buffer",)
        for parameter in self.parameters:
            state = self.optimizer.state[parameter]
            for name in names:
                if name in state:
                    slots.append((parameter, name, state[name]))
                elif name == "step":  # fused AdamW counts on the GPU
                    device = parameter.device if parameter.is_cuda else "cpu"
                    slots.append((parameter, name, torch.zeros((), device=device)))
                else:
                    slots.append((parameter, name, torch.zeros_like(parameter)))
        return slots

    def _batch(self, held: Batch, indices: np.ndarray) -> Batch:
        rows = torch.from_numpy(np.asarray(indices, np.int64))
        if self.device.type == "cuda":  # a copy from pageable memory would stall the GPU
            rows = rows.pin_memory()
        batch = {}
        for name, array in held.items():
            chosen = array[rows.to(array.device, non_blocking=True)]
            batch[name] = chosen.to(self.device, non_blocking=True)
        batch["image"] = batch.pop("images").to(torch.float32) * (1 / 255)
        return batch


def _inputs(batch: Batch) -> Batch:
    return {"character": batch["characters"], "nuisance": batch["nuisance"]}


def _optimizer(config: OptimizerConfig, parameters: list) -> torch.optim.Optimizer:
    groups = [
        {"params": [p for p in parameters if decays(p.shape)], "weight_decay": config.weight_decay},
        {"params": [p for p in parameters if not decays(p.shape)], "weight_decay": 0.0},
    ]
    if config.name == "sgd":
        return torch.optim.SGD(
            [{**group, "weight_decay": 0.0} for group in groups], lr=0.0, momentum=config.beta_1
        )
    return torch.optim.AdamW(
        groups,
        lr=0.0,
        betas=(config.beta_1, config.beta_2),
        eps=config.epsilon,
        fused=parameters[0].is_cuda,
    )


def _clip(gradients: list[torch.Tensor], maximum: float) -> None:
    """Scales the gradients down to a global norm, without a look at it from the host."""
    norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
    torch._foreach_mul_(gradients, torch.clamp(maximum / (norm + 1e-12), max=1.0))
