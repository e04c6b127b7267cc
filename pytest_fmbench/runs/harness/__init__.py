"""Tasks of lm-evaluation-harness, asked over our client (https://github.com/EleutherAI/lm-evaluation-harness)."""
