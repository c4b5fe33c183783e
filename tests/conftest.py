"""What holds for all tests."""

import os

# before anything imports huggingface_hub, which reads it once
os.environ["HF_HUB_OFFLINE"] = "1"

from hypothesis import HealthCheck, settings

# No test is one of speed: how long an example takes depends on what else the machine does.
settings.register_profile("pincite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pincite")
