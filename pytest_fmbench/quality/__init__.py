"""What answers are worth: items with their truths, and scorers, one way of judging a file. Pure.

Scorers that LongBench publishes compute what its ``metrics.py`` and ``eval.py`` do
(https://github.com/THUDM/LongBench; Bai et al., ACL 2024, https://arxiv.org/abs/2308.14508), odd corners included, so
that scores can be held against published ones.
"""
