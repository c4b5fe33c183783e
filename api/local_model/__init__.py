"""A small chat model on this machine, behind OpenAI's protocol: `pincite models serve`."""
