"""A pickle interpreter that can build tensors and plain containers and nothing else.

Python's own unpickler imports and calls what a file names, and one that filters names still
lets a file take memory at will. This one has no instruction that imports or calls foreign
code: the standard library's `pickletools` splits the bytes into opcodes, and names are
looked up in the table of `torch_checkpoint_recipes`.
"""

from __future__ import annotations

import io
import pickletools
from collections.abc import Callable

import numpy as np

from face2param.errors import WeightsError
from face2param.weights.torch_checkpoint_recipes import (
    NumpyType,
    Recipe,
    find,
    plain_key,
)
from face2param.weights.torch_checkpoint_storage import Budget

MAX_OPCODES = 500_000
MAX_VALUES = 1_000_000
MAX_DEPTH = 50

_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_VALUES = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "SHORT_BINUNICODE", "BINUNICODE"),
    *("BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
}
_EMPTY = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_SET": set}
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_PUT = {"PUT", "BINPUT", "LONG_BINPUT"}
_GET = {"GET", "BINGET", "LONG_BINGET"}
_MARK = object()


def refuse_persistent(value):
    """For pickles that have no business to refer to storages."""
    raise ValueError("there is a persistent id where none belongs")


def interpret(
    stream: io.BytesIO, file: str, budget: Budget, persistent: Callable = refuse_persistent
):
    """Builds the value of the pickle that starts at the stream's position.

    Args:
      stream: the bytes; afterwards it stands behind the pickle.
      file: name of the file for messages.
      budget: pays for tensors.
      persistent: turns a persistent id into a value; raises ValueError where it is odd.

    Returns:
      Dictionaries, lists, tuples, sets, scalars, strings, bytes and NumPy arrays.

    Raises:
      WeightsError: the pickle names something that is not known to be harmless, or is damaged.
    """
    machine = _Machine(file, budget, persistent)
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(stream)):
            if count > MAX_OPCODES:
                raise ValueError(f"it has more than {MAX_OPCODES} instructions")
            machine.step(opcode.name, argument)
        if len(machine.stack) != 1:
            raise ValueError("it ends before its value is complete")
        _check_plain(machine.stack[0])
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError) as error:
        text = str(error) or type(error).__name__
        raise WeightsError(
            f"{file}: its pickle is damaged or holds what no checkpoint holds: {text[:300]}"
        ) from error
    return machine.stack[0]


class _Machine:
    """The stack and the memo of one pickle."""

    def __init__(self, file: str, budget: Budget, persistent: Callable):
        self.file, self.budget, self.persistent = file, budget, persistent
        self.stack: list = []
        self.memo: dict = {}

    def step(self, opcode: str, argument) -> None:
        """Executes one instruction."""
        stack = self.stack
        if opcode in _VALUES:
            stack.append(argument)
        elif opcode in _CONSTANTS:
            stack.append(_CONSTANTS[opcode])
        elif opcode in _EMPTY:
            stack.append(_EMPTY[opcode]())
        elif opcode in _TUPLES:
            stack.append(tuple(self.pop(_TUPLES[opcode])))
        elif opcode in _PUT:
            self.memo[argument] = self.top()
        elif opcode in _GET:
            stack.append(self.memo[argument])
        elif opcode not in ("PROTO", "FRAME", "STOP"):
            method = getattr(self, f"do_{opcode.lower()}", None)
            if method is None:
                raise ValueError(f"instruction {opcode} has no place in a checkpoint")
            method(argument)

    def top(self):
        """The last value."""
        if not self.stack or self.stack[-1] is _MARK:
            raise ValueError("an instruction finds no value")
        return self.stack[-1]

    def pop(self, count: int) -> list:
        """Takes the last `count` values."""
        values = self.stack[len(self.stack) - count :] if len(self.stack) >= count else [_MARK]
        if any(value is _MARK for value in values):
            raise ValueError("an instruction finds too few values")
        del self.stack[len(self.stack) - count :]
        return values

    def pop_mark(self) -> list:
        """Takes the values behind the last mark, and the mark."""
        for index in range(len(self.stack) - 1, -1, -1):
            if self.stack[index] is _MARK:
                values = self.stack[index + 1 :]
                del self.stack[index:]
                return values
        raise ValueError("an instruction finds no mark")

    def named(self, module, name):
        """Looks a name up, or refuses the file."""
        if type(module) is not str or type(name) is not str:
            raise ValueError("a name is no text")
        found = find(module, name)
        if found is None:
            raise WeightsError(
                f"{self.file}: refused, because it names {f'{module}.{name}'[:120]!r} and this "
                "reader builds tensors and plain containers only. Nothing of the file was run. "
                "If you trust it, load it where PyTorch is installed and save the state_dict() "
                "alone with torch.save"
            )
        return found

    def call(self, recipe, arguments) -> None:
        """Pushes what a recipe makes of its arguments."""
        if not isinstance(recipe, Recipe) or type(arguments) not in (tuple, list):
            raise ValueError("it calls a value that is no function")
        self.stack.append(recipe.build(self.budget, *arguments))

    def do_mark(self, _):
        self.stack.append(_MARK)

    def do_pop(self, _):
        if not self.stack:
            raise ValueError("an instruction finds no value")
        self.stack.pop()

    def do_pop_mark(self, _):
        self.pop_mark()

    def do_dup(self, _):
        self.stack.append(self.top())

    def do_memoize(self, _):
        self.memo[len(self.memo)] = self.top()

    def do_tuple(self, _):
        self.stack.append(tuple(self.pop_mark()))

    def do_list(self, _):
        self.stack.append(self.pop_mark())

    def do_dict(self, _):
        self.stack.append(_put_items({}, self.pop_mark()))

    def do_append(self, _):
        self.extend(self.pop(1), list)

    def do_appends(self, _):
        self.extend(self.pop_mark(), list)

    def do_additems(self, _):
        self.extend(self.pop_mark(), set)

    def do_setitem(self, _):
        self.set_items(self.pop(2))

    def do_setitems(self, _):
        self.set_items(self.pop_mark())

    def extend(self, values, kind: type):
        """Adds values to the list or set on top."""
        target = self.top()
        if type(target) is not kind:
            raise ValueError(f"it adds values to something else than a {kind.__name__}")
        if kind is set and not all(map(plain_key, values)):
            raise ValueError("a set holds something else than plain values")
        target.extend(values) if kind is list else target.update(values)

    def set_items(self, values):
        """Adds keys and values to the dictionary on top."""
        if type(self.top()) is not dict:
            raise ValueError("it adds keys to something else than a dictionary")
        _put_items(self.top(), values)

    def do_global(self, argument):
        self.stack.append(self.named(*argument.split(" ", 1)))

    def do_stack_global(self, _):
        self.stack.append(self.named(*self.pop(2)))

    def do_reduce(self, _):
        self.call(*self.pop(2))

    do_newobj = do_reduce

    def do_obj(self, _):
        recipe, *arguments = self.pop_mark() or [None]
        self.call(recipe, arguments)

    def do_inst(self, argument):
        recipe = self.named(*argument.split(" ", 1))
        self.call(recipe, self.pop_mark())

    def do_build(self, _):
        (state,) = self.pop(1)
        target = self.top()
        if isinstance(target, NumpyType):
            target.set_state(state)
        elif type(target) is not dict or type(state) is not dict:
            raise ValueError("it sets attributes of something else than a dictionary")
        # An OrderedDict's attributes (a state_dict's _metadata) are left out.

    def do_binpersid(self, _):
        self.stack.append(self.persistent(*self.pop(1)))

    def do_persid(self, argument):
        self.stack.append(self.persistent(argument))


def _put_items(target: dict, values: list) -> dict:
    if len(values) % 2:
        raise ValueError("a key has no value")
    for key, value in zip(values[::2], values[1::2], strict=True):
        if not plain_key(key):
            raise ValueError("a dictionary's key is no plain value")
        target[key] = value
    return target


def _check_plain(root) -> None:
    """Refuses cycles, towers, values repeated into billions, and leaves that are not plain."""
    sizes: dict[int, tuple[int, int]] = {}  # id -> (values in it, depth); absent: not yet known
    open_ids: set[int] = set()
    todo = [(root, False)]
    while todo:
        value, done = todo.pop()
        if not isinstance(value, (dict, list, tuple)):
            if not (value is None or isinstance(value, _LEAVES)):
                raise ValueError(f"it holds a bare {type(value).__name__}")
            continue
        if done:
            inside = [sizes[id(v)] for v in _children(value) if isinstance(v, _CONTAINERS)]
            count = 1 + len(value) + sum(size for size, _ in inside)
            depth = 1 + max((d for _, d in inside), default=0)
            if count > MAX_VALUES or depth > MAX_DEPTH:
                raise ValueError("its containers are nested without end")
            sizes[id(value)] = (count, depth)
            open_ids.discard(id(value))
        elif id(value) not in sizes:
            if id(value) in open_ids:
                raise ValueError("a container holds itself")
            open_ids.add(id(value))
            todo.append((value, True))
            todo.extend((v, False) for v in _children(value))


_CONTAINERS = (dict, list, tuple)
_LEAVES = (str, bytes, int, float, complex, bool, set, np.ndarray)


def _children(value):
    return value.values() if isinstance(value, dict) else value
