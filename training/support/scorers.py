"""What is measured, all behind one protocol: the float model, the exported graph, and what there was before."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import torch

from ingest.embedding.sessions import TokenGraph
from qa.entailment import MAX_CLAIM, parts, support_odds
from qa.second_reading import CrossEncoder
from qa.support import LexicalVerifier
from qa.wording import content_words, flatten
from training.checkpoints import fill
from training.support.encoding import collate_pairs
from training.support.model import SupportModel
from training.support.pairs import Pair
