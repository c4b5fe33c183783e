"""Services beyond this process, which the tests start themselves; what is not installed is passed over."""

from tests.story.conftest import corpus_folder, pincite

__all__ = ["corpus_folder", "pincite"]
