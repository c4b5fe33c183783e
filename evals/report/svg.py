"""SVG: a Matplotlib figure as an element to stand in an HTML page."""

import io
import re
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree

import matplotlib
from matplotlib.figure import Figure

INK = "#7f7e7d"  # stands for the colour of the page's text; no other grey is quite like it

_STYLE: dict[Any, Any] = {  # Matplotlib's type lists every name there is
    "svg.fonttype": "none",  # text stays text: small, and in the reader's font
    "svg.hashsalt": "pincite",  # the same figure gets the same ids every time
    "text.parse_math": False,  # a run may be named `$x^{$`
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.2,
    "legend.frameon": False,
    "legend.handlelength": 3.2,  # room to tell a dashed line from a dotted one
    **dict.fromkeys(
        ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color", "grid.color"), INK
    ),
}
_UNDATED = dict.fromkeys(("Date", "Creator", "Format", "Type"))
_FONT_FAMILY = re.compile(r"font-family:[^;]*;? ?")


@contextmanager
def house_style() -> Iterator[None]:
    """Matplotlib's settings as our charts want them, whatever the user's own are."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


def svg_of(figure: Figure, key: str, label: str) -> str:
    """The figure as an `svg` element; drawn inside `house_style`.

    Args:
        figure: nothing in it is trusted; what it says is escaped.
        key: keeps the ids of several figures on one page apart.
        label: says what it shows to who cannot see it.
    """
    drawn = io.BytesIO()
    with warnings.catch_warnings():
        # Text is drawn by the reader's browser, with fonts that know more letters than ours.
        warnings.filterwarnings("ignore", message="Glyph")
        figure.savefig(drawn, format="svg", transparent=True, metadata=_UNDATED)
    root = ElementTree.fromstring(drawn.getvalue())  # noqa: S314 - Matplotlib wrote it just now
    for element in root.iter():
        _dress(element, key)
    for name in ("width", "height", "version"):
        del root.attrib[name]
    for definitions in root.findall("defs"):
        for style in definitions.findall("style"):
            definitions.remove(style)  # it would speak for the whole page
    root.attrib.update({"xmlns": "http://www.w3.org/2000/svg", "role": "img", "aria-label": label})
    return ElementTree.tostring(root, encoding="unicode")


def plain(text: str, most: int = 48) -> str:
    """A name as one short line that XML can hold: no control characters, the middle left out if long."""
    line = " ".join("".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in text).split())
    return line if len(line) <= most else f"{line[: most // 2]}…{line[1 - most // 2 :]}"


def _dress(element: ElementTree.Element, key: str) -> None:
    """Plain names without namespaces, ids of this figure's own, and the page's colour and font."""
    element.tag = _local(element.tag)
    attributes = {_local(name): _attribute(value, key) for name, value in element.attrib.items()}
    if "href" in attributes:
        attributes["href"] = attributes["href"].replace("#", f"#{key}-", 1)
    own_id = attributes.pop("id", None)
    if own_id is not None and element.tag != "g":  # nothing refers to a group
        attributes["id"] = f"{key}-{own_id}"
    element.attrib.clear()
    element.attrib.update(attributes)


def _attribute(value: str, key: str) -> str:
    return _FONT_FAMILY.sub("", value.replace("url(#", f"url(#{key}-")).replace(INK, "currentColor")


def _local(name: str) -> str:
    return name.rpartition("}")[2]
