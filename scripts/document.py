"""`make docs`: write what the documentation tells of the code anew, from the code.

README.md's settings table comes from `service.settings`, the map in service/README.md from the modules'
docstrings. `tests/repo/test_docs.py` fails where either is out of date.
"""

import ast
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
BEGIN: Final = "<!-- made by `make docs` -->"
END: Final = "<!-- end -->"


def settings_table() -> str:
    """Every variable with its default and what it does."""
    sys.path.insert(0, str(ROOT))
    from service.settings import variables

    rows = [f"| `{name}` | {_code(default)} | {does} |" for name, (default, does) in variables().items()]
    return "\n".join(["| variable | default | what it is |", "| --- | --- | --- |", *rows])


def module_map(package: Path = ROOT / "service") -> str:
    """Every module below `package`, a heading for each folder, with the first line of its docstring."""
    lines: list[str] = []
    folders = sorted({path.parent for path in package.rglob("*.py")}, key=lambda path: path.parts)
    for folder in folders:
        here = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
        about = _first_line(folder / "__init__.py")
        lines += ["", f"**`{folder.relative_to(package.parent)}/`** {about}".rstrip(), ""]
        lines += [f"- `{path.stem}`: {_first_line(path)}" for path in here]
    return "\n".join(lines).strip()


def updated(text: str, made: str) -> str:
    """The page with what stands between the marks replaced.

    Raises:
        ValueError: The page has no such marks.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN} or no {END}")
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


PAGES: Final = {ROOT / "README.md": settings_table, ROOT / "service" / "README.md": module_map}


def _code(default: str) -> str:
    return f"`{default}`" if default else ""


def _first_line(path: Path) -> str:
    if not path.exists():
        return ""
    return (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]


def main() -> None:
    """Write the pages that are out of date."""
    for page, make in PAGES.items():
        old = page.read_text()
        new = updated(old, make())
        if new != old:
            page.write_text(new)
            print(f"{page.relative_to(ROOT)} is up to date now")


if __name__ == "__main__":
    main()
