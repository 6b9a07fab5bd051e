"""A wire to a port of this host that can be shut (refused, what is open is closed) or cut (packets vanish)."""
import socket
import threading


class Wire:
    def __init__(self, to):
        self.to, self.state, self.ends = to, 'whole', set()
        self.mended = threading.Event()
        self.mended.set()
        self.lock = threading.Lock()
        self.door = self.port = None
        self.listen()

    def listen(self):
        self.door = socket.socket()
        self.door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.door.bind(('127.0.0.1', self.port or 0))
        self.door.listen(64)
        self.port = self.door.getsockname()[1]
        threading.Thread(target=self.serve, args=(self.door,), daemon=True).start()

    def shut(self):
        """As when the program there is gone."""
        self.state = 'shut'
        self.door.shutdown(socket.SHUT_RDWR)
        self.door.close()
        self.drop()

    def cut(self):
        """As when the network between is gone: nothing arrives and nobody is told."""
        self.state = 'cut'
        self.mended.clear()

    def mend(self):
        was, self.state = self.state, 'whole'
        if was == 'shut':
            self.listen()
        if was == 'cut':
            self.mended.set()
            self.drop()

    def drop(self):
        with self.lock:
            ends, self.ends = self.ends, set()
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def serve(self, door):
        while True:
            try:
                near = door.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.join, args=(near,), daemon=True).start()

    def join(self, near):
        self.mended.wait()
        try:
            far = socket.create_connection(('127.0.0.1', self.to), timeout=5)
        except OSError:
            near.close()
            return
        far.settimeout(None)
        with self.lock:
            self.ends |= {near, far}
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self.carry, args=(source, sink), daemon=True).start()

    def carry(self, source, sink):
        try:
            while chunk := source.recv(65536):
                self.mended.wait()
                sink.sendall(chunk)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        with self.lock:
            self.ends.discard(source)
