"""Cutting a document into the sentences it can be cited by.

Four steps, one module each: `layout` reads what blank lines and line structure say, `headings`
recognises headings in plain text, `cuts` decides where sentences end inside a run of prose
(after asking a `Segmenter`), `splitting` puts the pieces together and enforces the guard.
"""

from ingest.sentences.cuts import Segmenter
from ingest.sentences.splitting import MisplacedSentence, split_sentences

__all__ = ["MisplacedSentence", "Segmenter", "split_sentences"]
