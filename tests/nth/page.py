"""The driver's side of the page that it shares with the shim of one process: page.h."""
import ctypes
import errno
import mmap
import os
import subprocess

KINDS = ('own', 'malloc', 'send', 'recv', 'connect', 'pq')
SHORT, EOF = 1000, 1001
# In which ways a call of each kind fails.
WAYS = {
    'own': {'no memory': 0},
    'malloc': {'no memory': 0},
    'send': {'reset': errno.ECONNRESET, 'timed out': errno.ETIMEDOUT, 'again': errno.EAGAIN, 'short': SHORT},
    'recv': {'reset': errno.ECONNRESET, 'timed out': errno.ETIMEDOUT, 'again': errno.EAGAIN, 'short': SHORT, 'end': EOF},
    'connect': {'refused': errno.ECONNREFUSED, 'timed out': errno.ETIMEDOUT},
    'pq': {'failed': 0},
}


class Layout(ctypes.Structure):
    _fields_ = [('armed', ctypes.c_uint32), ('kind', ctypes.c_uint32), ('at', ctypes.c_uint32), ('how', ctypes.c_uint32),
                ('count', ctypes.c_uint32 * len(KINDS)), ('failed', ctypes.c_uint32), ('spared', ctypes.c_uint32),
                ('where', ctypes.c_char * 3072), ('excluded', ctypes.c_char * 2048)]


class Page:
    def __init__(self, path, excluded):
        self.path = path
        with open(path, 'wb') as file:
            file.truncate(ctypes.sizeof(Layout))
        fd = os.open(path, os.O_RDWR)
        self.map = mmap.mmap(fd, ctypes.sizeof(Layout))
        os.close(fd)
        self.now = Layout.from_buffer(self.map)
        self.now.excluded = ('\n' + ''.join(f'{line}\n' for line in excluded)).encode()

    def arm(self, kind, at, how=0):
        self.now.armed = 0
        self.now.kind, self.now.at, self.now.how = KINDS.index(kind), at, how
        self.now.count = (ctypes.c_uint32 * len(KINDS))()
        self.now.failed = self.now.spared = 0
        self.now.where = b''
        self.now.armed = 1

    def disarm(self):
        self.now.armed = 0

    def counts(self):
        return dict(zip(KINDS, self.now.count))

    def failed(self):
        return self.now.failed != 0

    def where(self, program):
        """Who called what failed, innermost first; our own functions by the program's debug information."""
        lines = [line.split(' ', 1) for line in self.now.where.decode(errors='replace').splitlines()]
        name = os.path.basename(program)
        ours = [spot.rsplit('+', 1)[1] for spot, _ in lines if spot.startswith(name)]
        told = iter(functions_at(program, ours))
        return [next(told, symbol) if spot.startswith(name) else f'{spot} {symbol}' for spot, symbol in lines]


def functions_at(program, offsets):
    """A return address stands behind its call."""
    if not offsets:
        return []
    spots = [hex(int(offset, 16) - 1) for offset in offsets]
    out = subprocess.run(['addr2line', '-f', '-s', '-e', program, *spots], capture_output=True, text=True, check=False)
    words = out.stdout.splitlines()
    return [f'{words[i]} ({words[i + 1]})' for i in range(0, len(words) - 1, 2)]
