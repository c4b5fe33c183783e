"""Training the entailment model: does a claim follow from the sentences it cites?"""
