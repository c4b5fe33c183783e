"""Which Pincite this is."""

from importlib.metadata import PackageNotFoundError, version


def version_line() -> str:
    """Such as `pincite 1.2.3`."""
    try:
        return f"pincite {version('pincite')}"
    except PackageNotFoundError:
        return "pincite (not installed: run from its sources)"
