"""An io_uring of the kernel's that receives on many sockets: one system call takes what has come on all of them.

Each socket has a receive pending that never ends (*multishot*). What comes is put into buffers that all sockets share,
with the kernel's stamp, and a *completion* tells of it. With ``DEFER_TASKRUN`` all of that is done in
:meth:`Ring.look`, in the calling thread and at no other time: so between two looks the sockets are the caller's to read
as usual, and no memory barriers are needed.

Source: https://man7.org/linux/man-pages/man7/io_uring.7.html, and ``linux/io_uring.h`` for the layouts.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import socket
import struct
from collections.abc import Iterable
from contextlib import ExitStack, suppress

SIZE, HEAD = 1024, 80
"""Of a buffer, in bytes, and of what comes before the data in it: ``io_uring_recvmsg_out``, and room for a stamp."""
BUFFER, MORE, LEFT = 1 << 0, 1 << 1, 1 << 2
"""Flags of a completion: there is a buffer, whose number is above bit 16; it is not its receive's last; the socket was
not empty after it."""
MOST = 4096
"""Receives in a look: more may have been left."""
stamp_at = struct.Struct("=4xI24xqq").unpack_from
"""Of a buffer: the length of the stamp, 0 where there is none, then its seconds and nanoseconds."""

_BUFFERS, _GROUP = MOST, 1
_SUBMISSIONS, _COMPLETIONS = 4, 8 * MOST
_SETUP, _ENTER, _REGISTER = 425, 426, 427
_SETUP_FLAGS = 1 << 3 | 1 << 9 | 1 << 12 | 1 << 13
"""CQSIZE, TASKRUN_FLAG, SINGLE_ISSUER, DEFER_TASKRUN."""
_REGISTER_EVENTFD, _REGISTER_BUFFERS = 4, 22
_GET_EVENTS, _WORK_WAITS = 1 << 0, 1 << 2
_SUBMISSIONS_AT = 0x10000000
_RECVMSG, _CANCEL = 10, 14
_SELECT_BUFFER, _MULTISHOT = 1 << 5, 1 << 1
_STAMP_SIZE = 64
_PARAMETERS = struct.Struct("=10I8IQ8IQ")
_SUBMISSION = struct.Struct("=BBHiQQIIQHHiQQ")
_COMPLETION = struct.Struct("=QiI")
_OFFER = struct.Struct("=QIH")
_OFFER_SIZE, _OFFERED = 16, 7
"""Of a buffer on offer, in bytes; the word of the first one that counts all of them."""
_WORD = 1 << 32


class Ring:
    """Receives on sockets, for the thread that made it.

    :raises OSError: when the kernel has no such ring (before Linux 6.1), or none for us.
    :ivar event: a descriptor that becomes readable when there is something to look at.
    :ivar memory: the buffers, one after the other.
    """

    def __init__(self) -> None:
        self._system = ctypes.CDLL(None, use_errno=True).syscall
        self._looking: tuple[object, ...] = ()
        self._seen = 0
        with ExitStack() as stack:
            self._set_up(stack)
            self._offer_buffers(stack)
            self._prove()
            self._open = stack.pop_all()

    def receive(self, descriptor: int, name: int) -> None:
        """Receive on a socket, until that fails or the socket is shut down.

        :param name: of the completions, which tell it.
        :raises OSError: when the kernel takes no more.
        """
        message = ctypes.addressof(self._message)
        self._submit(_RECVMSG, _SELECT_BUFFER, _MULTISHOT, descriptor, 0, message, 1, 0, name, _GROUP, 0, 0, 0, 0)

    def cancel(self, name: int) -> None:
        """End a receive; its last completion may still come, but nothing is read any more."""
        self._submit(_CANCEL, 0, 0, -1, 0, name, 0, 0, 0, 0, 0, 0, 0, 0)

    def look(self) -> Iterable[tuple[int, int, int]]:
        """Receive what has come: name, result and flags of each completion.

        :raises OSError: in another thread than that which made the ring.
        """
        words = self._words
        words[self._flags_at] = 0  # whatever waits by now is done in the call; to make it is a barrier, by the GIL
        if self._system(*self._looking) < 0 and ctypes.get_errno() != errno.EINTR:
            raise _failure()
        with suppress(BlockingIOError):
            os.eventfd_read(self.event)
        if words[self._flags_at] & _WORK_WAITS:  # something came meanwhile, whose call may just have been read
            os.eventfd_write(self.event, 1)
        begin, end = self._seen, words[self._tail_at]
        if begin == end:
            return ()
        self._seen = end
        words[self._head_at] = (end - MOST) % _WORD
        first, last = begin % _COMPLETIONS * _COMPLETION.size, end % _COMPLETIONS * _COMPLETION.size
        told = self._told[first:last].tobytes() if first < last else self._told[first:].tobytes() + self._told[:last]
        return _COMPLETION.iter_unpack(told)

    def give_back(self, buffers: int) -> None:
        """Offer buffers again, as many as a look's completions had: the kernel takes them in turn."""
        self._offers[_OFFERED] = (self._offers[_OFFERED] + buffers) % (1 << 16)

    def close(self) -> None:
        """End all receives."""
        self._open.close()

    def _set_up(self, stack: ExitStack) -> None:
        """Make the ring, and map what it shares with us."""
        parameters = ctypes.create_string_buffer(_PARAMETERS.pack(0, _COMPLETIONS, _SETUP_FLAGS, *[0] * 25), 120)
        self._ring = self._call(_SETUP, _SUBMISSIONS, parameters)
        stack.callback(os.close, self._ring)
        self.event = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        stack.callback(os.close, self.event)
        self._call(_REGISTER, self._ring, _REGISTER_EVENTFD, struct.pack("=i", self.event), 1)
        told = _PARAMETERS.unpack(parameters)
        submissions, completions = told[10:18], told[19:27]
        at, indices = completions[5], submissions[6]
        size = max(at + _COMPLETIONS * _COMPLETION.size, indices + 4 * _SUBMISSIONS)
        shared = memoryview(stack.enter_context(mmap.mmap(self._ring, size)))
        self._words = stack.enter_context(shared[: size & ~3].cast("I"))
        self._told = stack.enter_context(shared[at : at + _COMPLETIONS * _COMPLETION.size])
        stack.enter_context(shared)
        size = _SUBMISSIONS * _SUBMISSION.size
        self._submissions = stack.enter_context(mmap.mmap(self._ring, size, offset=_SUBMISSIONS_AT))
        for index in range(_SUBMISSIONS):
            self._words[indices // 4 + index] = index
        self._submitted_at, self._flags_at = submissions[1] // 4, submissions[4] // 4
        self._head_at, self._tail_at = completions[0] // 4, completions[1] // 4
        self._words[self._head_at] = -MOST % _WORD
        # As if so many completions were still to be taken, of which the call waits for as many: so it waits for none,
        # but does as much of the work as would bring those. A call that waits for none does 20 pieces at most.
        words = (_ENTER, self._ring, 0, MOST, _GET_EVENTS, None, 0)
        self._looking = tuple(word if word is None else ctypes.c_long(word) for word in words)

    def _offer_buffers(self, stack: ExitStack) -> None:
        private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        self.memory = stack.enter_context(mmap.mmap(-1, _BUFFERS * SIZE, private))
        offers = stack.enter_context(mmap.mmap(-1, _BUFFERS * _OFFER_SIZE))  # the kernel keeps its very pages
        begin = _address(self.memory)
        for number in range(_BUFFERS):
            _OFFER.pack_into(offers, number * _OFFER_SIZE, begin + number * SIZE, SIZE, number)
        self._offers = stack.enter_context(memoryview(offers).cast("H"))
        what = struct.pack("=QIHHQQQ", _address(offers), _BUFFERS, _GROUP, 0, 0, 0, 0)
        self._call(_REGISTER, self._ring, _REGISTER_BUFFERS, what, 1)
        self._offers[_OFFERED] = _BUFFERS
        self._message = ctypes.create_string_buffer(struct.pack("=5Q2Q", 0, 0, 0, 0, 0, _STAMP_SIZE, 0), 56)

    def _prove(self) -> None:
        """See that this kernel does as it should."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self.receive(ours.fileno(), 0)
            theirs.send(b"proof")
            found = list(self.look())
            ours.shutdown(socket.SHUT_RDWR)
            found += self.look()
        self.give_back(sum(flags & BUFFER for _, _, flags in found))
        if [(name, result, flags & MORE) for name, result, flags in found] != [(0, HEAD + 5, MORE), (0, HEAD, 0)]:
            raise OSError(errno.ENOSYS, "this kernel's io_uring does otherwise than those that we know")

    def _submit(self, *fields: int) -> None:
        tail = self._words[self._submitted_at]
        _SUBMISSION.pack_into(self._submissions, tail % _SUBMISSIONS * _SUBMISSION.size, *fields)
        self._words[self._submitted_at] = (tail + 1) % _WORD
        try:
            self._call(_ENTER, self._ring, 1, 0, 0, None, 0)
        except OSError:
            self._words[self._submitted_at] = tail  # nobody has taken it
            raise

    def _call(self, *arguments: object) -> int:
        result = int(self._system(*arguments))
        if result < 0:
            raise _failure()
        return result


def _failure() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))


def _address(memory: mmap.mmap) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))
