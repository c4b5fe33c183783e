"""Training the models. Here the reader: one pass over question and window scores every sentence."""
