"""Prompts from files: front matter, then `## system`, `## user` and `## assistant` parts in order.

The one module that knows where prompts are, and the one door to Jinja. A prompt is rendered in a sandbox that
fails on a name it was not given, and a released version does not change: its digest stands in LOCK.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final, Literal, cast

import yaml
from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from service.domain.answer import PromptUsed
from service.domain.chat import Message
from service.domain.errors import PromptInvalid

_PART: Final = re.compile(r"^## (system|user|assistant)[ \t]*$", re.MULTILINE)
_FRONT: Final = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
_FILE: Final = re.compile(r"v(\d+)\.md")
LOCK: Final = "LOCK"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One version of a prompt, as its file has it."""

    name: str
    version: int
    inputs: frozenset[str]
    parts: tuple[tuple[str, str], ...]
    digest: str


class PromptFiles:
    """The newest version of each prompt in a folder.

    Args:
        folder: Where `<name>/v<n>.md` and LOCK are; the folder that ships with Byline by default.
    """

    def __init__(self, folder: Traversable | None = None) -> None:
        self._folder = folder if folder is not None else files("prompts")
        self._environment = ImmutableSandboxedEnvironment(
            undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
        )
        self._templates: dict[str, Template] = {}

    def render(self, name: str, **inputs: object) -> tuple[tuple[Message, ...], PromptUsed]:
        """The messages of the newest version, and which it was.

        Raises:
            PromptInvalid: The prompt is missing, malformed or not the locked one, or the inputs are not
                those of its file.
        """
        prompt = self._newest(name)
        if inputs.keys() != prompt.inputs:
            differing = ", ".join(sorted(inputs.keys() ^ prompt.inputs))
            raise PromptInvalid(f"prompt {name}: inputs that do not match its file: {differing}")
        try:
            messages = tuple(
                Message(
                    cast("Literal['system', 'user', 'assistant']", role),
                    self._compiled(template).render(**inputs).strip(),
                )
                for role, template in prompt.parts
            )
        except TemplateError as error:
            raise PromptInvalid(f"prompt {name} v{prompt.version}: {type(error).__name__}") from error
        return messages, PromptUsed(prompt.name, prompt.version, prompt.digest)

    def check(self) -> None:
        """Read every prompt once.

        Raises:
            PromptInvalid: One is missing, malformed or not the locked one.
        """
        for name in sorted(self._prompts):
            self._newest(name)
        gone = self._locked.keys() - {f"{p.name}/v{p.version}" for ps in self._prompts.values() for p in ps}
        if gone:
            raise PromptInvalid(f"prompt {min(gone)} is locked and missing")

    def _newest(self, name: str) -> Prompt:
        versions = self._prompts.get(name)
        if not versions:
            raise PromptInvalid(f"there is no prompt {name}")
        prompt = max(versions, key=lambda p: p.version)
        locked = self._locked.get(f"{name}/v{prompt.version}")
        if locked is not None and locked != prompt.digest:
            raise PromptInvalid(
                f"prompt {name} v{prompt.version} was changed after its release: make a new one"
            )
        return prompt

    def _compiled(self, template: str) -> Template:
        """A part ready to be rendered; compiling all parts of a prompt takes 20 ms, so it is done once."""
        if template not in self._templates:
            self._templates[template] = self._environment.from_string(template)
        return self._templates[template]

    @cached_property
    def _prompts(self) -> Mapping[str, tuple[Prompt, ...]]:
        found: dict[str, tuple[Prompt, ...]] = {}
        for folder in self._folder.iterdir():
            if folder.is_dir():
                held = [f for f in folder.iterdir() if _FILE.fullmatch(f.name)]
                found[folder.name] = tuple(
                    parse(f.read_text(encoding="utf-8"), f"{folder.name}/{f.name}") for f in held
                )
        return {name: prompts for name, prompts in found.items() if prompts}

    @cached_property
    def _locked(self) -> Mapping[str, str]:
        lines = (self._folder / LOCK).read_text(encoding="utf-8").split("\n")
        pairs = [line.split() for line in lines if line.strip() and not line.startswith("#")]
        return {name: digest for name, digest in pairs}  # noqa: C416 - a pair of another length must fail


def parse(text: str, where: str) -> Prompt:
    """Read a prompt's file.

    Args:
        text: What the file holds.
        where: `<name>/v<n>.md`, which its front matter has to agree with.

    Raises:
        PromptInvalid: The front matter or a part is missing or wrong.
    """
    front = _FRONT.match(text)
    meta: Any = yaml.safe_load(front.group(1)) if front else None
    if not isinstance(meta, dict) or not {"name", "version", "inputs", "output", "why"} <= meta.keys():
        raise PromptInvalid(
            f"prompt {where}: front matter with name, version, inputs, output and why is missing"
        )
    if where != f"{meta['name']}/v{meta['version']}.md":
        raise PromptInvalid(f"prompt {where}: its front matter names another")
    _, *rest = _PART.split(text)
    parts = tuple(zip(rest[::2], rest[1::2], strict=True))
    roles = [role for role, _ in parts]
    if roles[:1] != ["system"] or roles[1::2] != ["user"] * len(roles[1::2]) or roles[-1] != "user":
        raise PromptInvalid(f"prompt {where}: system, then user and assistant in turn, user at the end")
    digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()[:16]
    return Prompt(str(meta["name"]), int(meta["version"]), frozenset(map(str, meta["inputs"])), parts, digest)
