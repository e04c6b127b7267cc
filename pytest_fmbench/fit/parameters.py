"""How many parameters a model has: each weight matrix, bias and norm, exactly."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_fmbench.fit.architecture import Architecture, Experts, Latent


@dataclass(frozen=True)
class Parameters:
    """Parameters by what becomes of them.

    :param embedding: the table of tokens.
    :param head: the output's own table; 0 where it is the same.
    :param matrices: of attention and of layers without experts, which quantization makes smaller.
    :param experts: matrices of the experts, likewise.
    :param rest: norms, biases and routers, which stay as they are.
    """

    embedding: int
    head: int
    matrices: int
    experts: int
    rest: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.embedding + self.head + self.matrices + self.experts + self.rest


def parameters(of: Architecture) -> Parameters:
    """Those of a model.

    A layer has attention (queries, keys, values, output: ``hidden * (2 heads + 2 kv_heads) * head_dim``, or the
    matrices of a latent one), a gated feed-forward (``3 * hidden * width``) or experts of that form and a router, and
    norms. Around the layers stand the embedding, a last norm and, if it is not the embedding, the output.
    """
    table = of.vocabulary * of.hidden
    matrices, rest = _attention(of)
    sparse = of.experts.layers if of.experts else 0
    dense_rest = (2 * of.feed_forward + of.hidden) if of.feed_forward_bias else 0
    experts, routers = _experts(of, of.experts) if of.experts else (0, 0)
    return Parameters(
        embedding=table,
        head=0 if of.tied else table,
        matrices=of.layers * matrices + (of.layers - sparse) * 3 * of.hidden * of.feed_forward,
        experts=sparse * experts,
        rest=of.layers * (rest + of.traits.norms * of.hidden)
        + (of.layers - sparse) * dense_rest
        + sparse * routers
        + of.hidden,
    )


def _attention(of: Architecture) -> tuple[int, int]:
    """Matrices, and norms and biases, of one layer."""
    if of.latent:
        return _latent(of, of.latent)
    queries, keys = of.heads * of.head_dim, of.kv_heads * of.head_dim
    rest = {"": 0, "each": 2 * of.head_dim, "all": queries + keys}[of.traits.head_norms]
    if of.bias or of.traits.qkv_bias:
        rest += queries + 2 * keys
    if of.bias:
        rest += of.hidden
    if of.traits.sinks:
        rest += of.heads
    return of.hidden * (2 * queries + 2 * keys), rest


def _latent(of: Architecture, latent: Latent) -> tuple[int, int]:
    queries = of.heads * (latent.plain + latent.rope)
    rank = latent.query_rank
    asked = of.hidden * rank + rank * queries if rank else of.hidden * queries
    kept = of.hidden * (latent.kv_rank + latent.rope) + latent.kv_rank * of.heads * (latent.plain + latent.value)
    return asked + kept + of.heads * latent.value * of.hidden, rank + latent.kv_rank


def _experts(of: Architecture, experts: Experts) -> tuple[int, int]:
    """Matrices of the experts, and the router with all biases, of one sparse layer."""
    matrices = (experts.count + experts.shared) * 3 * of.hidden * experts.width
    rest = experts.count * of.hidden
    if of.traits.router_bias:
        rest += experts.count
    if of.traits.expert_bias:
        rest += experts.count * (2 * experts.width + of.hidden)
    return matrices, rest
