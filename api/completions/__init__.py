"""Chat completions: the door for programs that speak OpenAI's protocol, and know nothing of ours."""
