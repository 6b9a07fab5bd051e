"""What a good client is: the same call with the same key until it is answered; and a small Socket.IO client."""
import base64
import http.client
import json
import os
import random
import socket
import struct
import threading
import time
import uuid

PATIENCE_S = 30
RETRY_S = 1.0
AGAIN = (0, 429, 502, 503, 504)


class Findings:
    """What should not have been seen, from all threads; each kind is told once and counted."""
    def __init__(self):
        self.lock, self.seen = threading.Lock(), {}

    def add(self, kind, detail=''):
        with self.lock:
            if kind not in self.seen:
                print(f'FINDING {kind}: {detail}', flush=True)
            self.seen.setdefault(kind, []).append(detail)

    def __len__(self):
        return sum(len(details) for details in self.seen.values())


class Answer:
    def __init__(self, status, headers=None, body=b''):
        self.status, self.headers, self.body = status, headers or {}, body
        try:
            self.json = json.loads(body) if body else {}
        except ValueError:
            self.json = {}
        self.slug = self.json.get('code', '') if isinstance(self.json, dict) else ''


class Api:
    """One client's kept connection. Not for two threads."""
    def __init__(self, port, address='127.0.0.1'):
        self.port, self.address, self.connection = port, address, None

    def ask(self, method, path, body=None, headers=None):
        """The answer; status 0 when there was none."""
        headers = dict(headers or {})
        data = None
        if body is not None:
            data, headers['Content-Type'] = body if isinstance(body, bytes) else json.dumps(body).encode(), 'application/json'
        elif method in ('POST', 'PUT', 'PATCH'):
            headers['Content-Length'] = '0'
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=PATIENCE_S,
                                                             source_address=(self.address, 0))
            self.connection.request(method, path, data, headers)
            answer = self.connection.getresponse()
            out = Answer(answer.status, answer.headers, answer.read())
            if answer.will_close:
                self.hang_up()
            return out
        except (OSError, http.client.HTTPException):
            self.hang_up()
            return Answer(0)

    def hang_up(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None


class GivenUp(Exception):
    """The run is over, or nobody answered for too long, which has been told."""


class Person:
    """Someone with a phone and a password, whose calls go through the gateway."""
    def __init__(self, world, phone, password):
        self.world, self.phone, self.password = world, phone, password
        self.api = Api(world.suite.port('gateway'))
        self.access = self.refresh = None

    def key(self):
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def once(self, method, path, body, headers):
        headers = dict(headers)
        if self.access is not None:
            headers['Authorization'] = f'Bearer {self.access}'
        return self.api.ask(method, path, body, headers)

    def insist(self, method, path, body=None, ok=(200,), may=(), headers=None, key=False):
        """Asks until there is an answer that is one: a status of ok, or a refusal whose code is in may."""
        headers = dict(headers or {})
        if key:
            headers['Idempotency-Key'] = self.key()
        name, last = f'{method} {path.split("?")[0]}', None
        until = time.monotonic() + self.world.patience_s
        while True:
            answer = self.once(method, path, body, headers)
            if answer.status in ok or answer.slug in may:
                return answer
            if answer.status == 401 and self.access is not None and path not in ('/api/login', '/api/sessions/refresh'):
                self.renew()
            elif answer.status not in AGAIN and answer.slug != 'idempotency.running':
                self.world.findings.add(f'{self.world.route_of(name)} answered {answer.status} {answer.slug}',
                                        answer.body.decode(errors='replace')[:300])
                raise GivenUp
            else:
                last = answer
                if answer.status not in (0,) and not answer.slug:
                    self.world.findings.add(f'{answer.status} without a problem document', answer.body[:300])
                self.pause(answer)
            if time.monotonic() > until:
                self.world.findings.add(f'{self.world.route_of(name)} was never answered',
                                        f'last {last.status} {last.slug}' if last else 'only 401')
                raise GivenUp

    def pause(self, answer):
        advised = answer.headers.get('Retry-After', '0') if answer.headers else '0'
        time.sleep(min(RETRY_S, float(advised)) if advised.isdigit() and advised != '0' else 0.1 + random.random() * 0.2)

    # ---- sessions

    def log_in(self):
        self.access = None
        answer = self.insist('POST', '/api/login', {'phone': self.phone, 'password': self.password})
        self.access, self.refresh = answer.json['accessToken'], answer.json['refreshToken']

    def renew(self):
        """A refresh, or a log-in where that is too late: the clock was moved, or its answer was lost long ago."""
        parent, self.access = self.refresh, None
        answer = self.insist('POST', '/api/sessions/refresh', {'refreshToken': parent},
                             may=('session.ended', 'token_reused', 'token.expired'))
        if answer.status == 200:
            self.access, self.refresh = answer.json['accessToken'], answer.json['refreshToken']
        else:
            self.log_in()


def upgrade(s):
    """Makes a websocket of the screen of a connection to the gateway; OSError when that is refused."""
    key = base64.b64encode(os.urandom(16)).decode()
    s.sendall((f'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: dure\r\nConnection: Upgrade\r\n'
               f'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n').encode())
    head = b''
    while not head.endswith(b'\r\n\r\n'):
        byte = s.recv(1)
        if not byte:
            raise OSError('no upgrade')
        head += byte
    if b' 101 ' not in head.split(b'\r\n')[0]:
        raise OSError('refused')


def masked(text):
    """A frame as clients send them."""
    data, mask = text.encode(), os.urandom(4)
    head = bytes([0x81, 0x80 | len(data)]) if len(data) < 126 else bytes([0x81, 0xfe]) + struct.pack('>H', len(data))
    return head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data))


class Listener(threading.Thread):
    """A Socket.IO client that comes back with the number it has seen last; every alarm must come once and in order."""
    def __init__(self, world, person):
        super().__init__(daemon=True)
        self.world, self.person, self.last, self.stopping, self.comings = world, person, 0, False, 0

    def run(self):
        while not self.stopping:
            try:
                self.listen()
            except (OSError, ValueError, IndexError, struct.error):
                pass
            time.sleep(0.1 + random.random() * 0.2)

    def listen(self):
        token = self.person.access
        if token is None:
            return
        with socket.create_connection(('127.0.0.1', self.world.suite.port('gateway')), timeout=5) as s:
            upgrade(s)
            s.settimeout(1)
            self.buffered = b''
            while not self.stopping:
                text = self.frame(s)
                if text is None or text[:2] in ('41', '44'):
                    return
                if text[0] == '0':
                    s.sendall(masked('40' + json.dumps({'token': token, 'lastNumber': self.last})))
                elif text[0] == '2':
                    s.sendall(masked('3'))
                elif text[:2] == '40':
                    self.comings += 1
                elif text[:2] == '42':
                    self.hear(json.loads(text[2:].lstrip('0123456789')))

    def hear(self, packet):
        if packet[0] != 'addAlarm':
            return
        number = packet[1]['number']
        if number != self.last + 1:
            self.world.findings.add('a socket heard alarms out of order', f'{number} after {self.last}')
        self.last = number

    def take(self, s, n):
        while len(self.buffered) < n:
            try:
                more = s.recv(65536)
            except socket.timeout:
                if self.stopping:
                    raise OSError('over') from None
                continue
            if not more:
                raise OSError('closed')
            self.buffered += more
        out, self.buffered = self.buffered[:n], self.buffered[n:]
        return out

    def frame(self, s):
        first, second = self.take(s, 2)
        length = second & 127
        if length == 126:
            length = struct.unpack('>H', self.take(s, 2))[0]
        elif length == 127:
            length = struct.unpack('>Q', self.take(s, 8))[0]
        payload = self.take(s, length)
        if first & 15 == 8:
            return None
        return payload.decode() if first & 15 == 1 else '6'
