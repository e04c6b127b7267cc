"""What judges are asked of answers, how what they say is read, and what a panel of them says together. Pure.

A panel of several small judges of different makers errs less than one large one: Verga et al., "Replacing Judges with
Juries" (2024), https://arxiv.org/abs/2404.18796. Judges prefer what stands first, or last: Zheng et al., "Judging
LLM-as-a-Judge with MT-Bench and Chatbot Arena", NeurIPS 2023, https://arxiv.org/abs/2306.05685, so that pairs are shown
in both orders.
"""
