"""The verbs of the terminal, one small module each; what they print is laid out in `api.rendering`."""
