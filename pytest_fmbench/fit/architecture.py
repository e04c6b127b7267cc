"""What a decoder-only model is made of, as far as its size depends on it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Traits:
    """What models of one type have that their configuration does not say.

    :param norms: of the hidden state, in a layer.
    :param head_norms: queries and keys are normed: ``"each"`` head by the same weights, or ``"all"`` by their own.
    :param qkv_bias: queries, keys and values have one, and what they become has not.
    :param tied: the embedding is the output too, where the configuration does not say.
    :param router_bias: one number an expert, in each sparse layer.
    :param expert_bias: experts have them.
    :param sinks: one number a head, in each layer.
    """

    norms: int = 2
    head_norms: str = ""
    qkv_bias: bool = False
    tied: bool = False
    router_bias: bool = False
    expert_bias: bool = False
    sinks: bool = False


@dataclass(frozen=True)
class Experts:
    """Of the layers that have them.

    :param count: that are chosen from, in each such layer.
    :param chosen: of them, for a token.
    :param shared: that every token goes through.
    :param width: of one.
    :param layers: that have them.
    """

    count: int
    chosen: int
    shared: int
    width: int
    layers: int


@dataclass(frozen=True)
class Latent:
    """Attention through a latent vector (MLA), which is what the cache keeps.

    :param query_rank: 0 where queries are computed at once.
    """

    query_rank: int
    kv_rank: int
    rope: int
    plain: int
    value: int


@dataclass(frozen=True)
class Architecture:
    """A model.

    :param kind: what its configuration calls its type.
    :param feed_forward: width of a layer without experts.
    :param vocabulary: 0 where it is not known.
    :param context: tokens that it was made for; 0 where it is not known.
    :param window: tokens that a layer looks back, in ``windowed`` of the layers; 0 is all of them.
    :param bias: all four matrices of attention have one.
    :param feed_forward_bias: those of layers without experts likewise.
    :param quantization: what its weights are kept as, if that is no 16-bit float.
    """

    kind: str
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    feed_forward: int
    vocabulary: int
    context: int
    tied: bool = False
    bias: bool = False
    feed_forward_bias: bool = False
    window: int = 0
    windowed: int = 0
    quantization: str | None = None
    traits: Traits = Traits()
    experts: Experts | None = None
    latent: Latent | None = None

    @property
    def widest(self) -> int:
        """What a token is spread over between the two halves of a layer, at most."""
        chosen = (self.experts.chosen + self.experts.shared) * self.experts.width if self.experts else 0
        return max(self.feed_forward, chosen)


@dataclass(frozen=True)
class Unknown:
    """Nothing can be computed.

    :param reason: why, as part of a sentence.
    """

    reason: str
