"""What a test says that goes wrong."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.aws.faults import HANG, MEANWHILE, Fault
from tests.support.aws.world import World


class Breaking:
    """The half of a cloud that breaks."""

    def __init__(self, world: World) -> None:
        self._world = world

    def fault(
        self,
        operation: str,
        code: str = "InternalError",
        *,
        when: str = "before",
        times: int | None = 1,
        status: int = 500,
        skip: int = 0,
        **where: str,
    ) -> None:
        """Have ``operation`` fail; ``*`` is each.

        :param when: ``before`` nothing is done, and the error answered; ``after`` it is done, and then the error
            answered; ``lost`` it is done, and the connection closed without an answer.
        :param times: how often; None is always.
        :param skip: so many of its calls go well before.
        :param where: request parameters that must match, such as ``zone="us-east-1a"``.
        """
        self._world.faults.planned.append(Fault(operation, code, when, times, status, where, skip=skip))

    def at_call(self, operation: str, nth: int, when: str, act: Callable[[], None]) -> None:
        """Have ``act`` happen at the ``nth`` call of an operation, from 0, which then has no answer.

        :param when: ``before`` AWS has done it, and then it does not; or ``after``.
        """
        self._world.faults.planned.append(Fault(operation, "", when, skip=nth, act=act))

    def meanwhile(self, operation: str, nth: int, act: Callable[[], None]) -> None:
        """Have ``act`` happen when the ``nth`` call of an operation has come, from 0, which is answered as ever."""
        self._world.faults.planned.append(Fault(operation, "", MEANWHILE, skip=nth, act=act))

    def hang(self, operation: str, seconds: float = 3600.0, times: int | None = 1) -> None:
        """Have it not answer for so long, and then cut the connection; nothing is done."""
        self._world.faults.planned.append(Fault(operation, "", HANG, times, seconds=seconds))

    def misbehave(self, seed: int, rate: float) -> None:
        """Have this share of calls go wrong, each in a way that ``seed`` draws."""
        self._world.faults.seed, self._world.faults.rate = seed, rate

    def behave(self) -> None:
        """No fault is left, of whatever kind."""
        faults = self._world.faults
        faults.planned.clear()
        faults.rate, faults.expired, faults.away = 0.0, False, False

    def expire_credentials(self) -> None:
        """From now on they are, until :meth:`behave`."""
        self._world.faults.expired = True

    @property
    def is_cut(self) -> bool:
        """Whether no call is answered."""
        return self._world.faults.away

    def cut(self) -> None:
        """From now on no call is answered, until :meth:`behave`."""
        self._world.faults.away = True
