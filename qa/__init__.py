"""Answering: a question becomes claims that stand on sentences, or an abstention."""
