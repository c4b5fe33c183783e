"""Training the reader: one pass over a question and a window of a document scores every sentence."""
