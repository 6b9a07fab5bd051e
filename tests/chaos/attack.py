"""The gateway and the doors of the bus under attack: attackers have addresses of their own, 127.0.0.2 and up, a healthy
customer shops from 127.0.0.1 and is timed, with the attack and without, side by side in the same run.

An attack is data: how its connections begin and what they send as time goes by. Two addresses attack, each with what one
address may have and more; who has as many addresses as the gateway has threads / 64 is the business of the ingress."""
import base64
import contextlib
import json
import multiprocessing
import os
import random
import socket
import struct
import threading
import time
import urllib.request

from client import Api
from healthy import Comparison, Shoppers

ATTACKERS = ('127.0.0.2', '127.0.0.3')
UNKNOWN = ('127.0.0.4', '127.0.0.5')               # of whom no bad token has been seen before
HEAD = b'GET /api/products HTTP/1.1\r\nHost: x\r\n'
BOOK = b'GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'
POST = b'POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
PIECE = b'x' * 65536
PEAK_BOUND_KIB = 300 * 1024
TICK_S = 0.05
GIGABYTE = 1 << 30
REFUSALS = (400, 401, 404, 408, 411, 413, 415, 422, 429, 431, 503)


class Attacker(multiprocessing.Process):
    """A process of its own, and a meek one: what is measured is the gateway, not who gets the processor."""
    def __init__(self):
        super().__init__(daemon=True)
        self.over, self.figures = multiprocessing.Event(), multiprocessing.Array('q', 600)

    def run(self):
        os.nice(10)
        self.attack()


class Crowd(Attacker):
    """Connections of the attackers; what has been closed is opened again, as long as it goes on."""
    def __init__(self, port, first, drip, n, reads=False):
        super().__init__()
        self.port, self.first, self.drip, self.n, self.reads, self.open = port, first, drip, n, reads, []

    def told(self):
        return f'{self.figures[0]} connections opened, {self.figures[1]} held'

    def amiss(self):
        """Why it was no attack, or how it came through."""
        return '' if self.figures[1] > 0 else 'no connection was held'

    def dial(self, address):
        s = socket.socket()
        try:
            s.bind((address, 0))
            s.settimeout(0.5)
            if not self.reads:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.connect(('127.0.0.1', self.port))
            s.setblocking(False)
            self.figures[0] += 1
            self.open.append(s)
            s.send(self.first)
        except OSError:
            if s not in self.open:
                s.close()

    def push(self, s):
        """False when the gateway has closed it."""
        try:
            if not s.recv(65536, 0 if self.reads else socket.MSG_PEEK):
                return False
        except BlockingIOError:
            pass
        except OSError:
            return False
        try:
            if self.drip:
                s.send(self.drip)
            return True
        except BlockingIOError:
            return True
        except OSError:
            return False

    def attack(self):
        while not self.over.is_set():
            for i in range(min(self.n - len(self.open), 200)):
                self.dial(ATTACKERS[i % len(ATTACKERS)])
            alive = [s for s in self.open if self.push(s)]
            for s in set(self.open) - set(alive):
                s.close()
            self.open = alive
            self.figures[1] = max(self.figures[1], len(alive))
            self.over.wait(TICK_S if len(self.drip) < 1024 else 0)
        for s in self.open:
            s.close()


def part(text):
    return base64.urlsafe_b64encode(text).rstrip(b'=').decode()


def malformed(rng):
    """Tokens that cannot be read."""
    return rng.choice((
        part(b'{"alg":"ES256","kid":"%d","typ":"at+jwt"}' % rng.getrandbits(64)) + '.' + part(b'{"exp":9999999999}') + '.' +
        part(rng.randbytes(64)),
        part(b'{"alg":"none"}') + '.' + part(b'{"sub":"x"}') + '.',
        part(rng.randbytes(200)), 'x' * 8000))


def forged(kid, rng):
    """Tokens that read well: under keys that nobody has, and under auth's own with a signature that is none."""
    kid = rng.choice((kid, '%d' % rng.getrandbits(64)))
    return '.'.join((part(b'{"alg":"ES256","kid":"%s","typ":"JWT"}' % kid.encode()),
                     part(b'{"iss":"https://dure.example","aud":"dure","exp":%d}' % rng.getrandbits(40)), part(rng.randbytes(64))))


def key_id(suite):
    with urllib.request.urlopen(f'{suite.url("gateway")}/.well-known/jwks.json', timeout=5) as answer:
        return json.load(answer)['keys'][0]['kid']


class Flood(Attacker):
    """Whole requests one after another on n kept connections."""
    def __init__(self, port, address, requests, n):
        super().__init__()
        self.apis, self.requests = [Api(port, address) for _ in range(n)], requests

    def told(self):
        return ', '.join(f'{n} answers {status}' for status, n in enumerate(self.figures) if n > 0)

    def amiss(self):
        wrong = [status for status, n in enumerate(self.figures) if n > 0 and status != 0 and status not in REFUSALS]
        return f'answers {wrong}' if wrong else '' if any(self.figures[status] for status in REFUSALS) else 'no answer'

    def flood(self, api, at):
        while not self.over.is_set():
            at = (at + 1) % len(self.requests)
            status = api.ask(*self.requests[at]).status
            with self.figures.get_lock():
                self.figures[status] += 1

    def attack(self):
        threads = [threading.Thread(target=self.flood, args=(api, i * 97)) for i, api in enumerate(self.apis)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()


def bomb(port, body, protocol):
    """One message to a door of the bus, in nng's framing: its greeting, a length, the bytes. True: it was greeted back."""
    try:
        with socket.create_connection(('127.0.0.1', port), timeout=1) as s:
            s.sendall(b'\0SP\0' + struct.pack('>HH', protocol, 0))
            s.settimeout(0.2)
            if not s.recv(8).startswith(b'\0SP\0'):
                return False
            s.sendall(body)
            with contextlib.suppress(socket.timeout):
                s.recv(64)
            return True
    except OSError:
        return False


def framed(message):
    return struct.pack('>Q', len(message)) + message


REQ, SUB = 0x30, 0x21
BOMBS = (
    framed(b'\x80\0\0\1' + bytes.fromhex('ddff000000')), framed(b'\x80\0\0\1' + bytes.fromhex('dfffffffff')),
    framed(b'\x80\0\0\1' + bytes.fromhex('c6ffffffff')), framed(b'\x80\0\0\1' + b'\x91' * 100000),
    framed(b'\x80\0\0\1' + b'\x81\xa1a' * 50000), framed(b''), framed(b'\x80\0\0\1'), struct.pack('>Q', 1 << 62),
    struct.pack('>Q', (1 << 64) - 1), struct.pack('>Q', GIGABYTE) + PIECE, b'GET / HTTP/1.1\r\n\r\n')


class Bombs(Attacker):
    def __init__(self, suite):
        super().__init__()
        self.ports = [suite.port(service, door) for service in ('auth', 'billing', 'commerce', 'messaging', 'notification')
                      for door in ('ask', 'pub')]

    def told(self):
        return f'{self.figures[0]} bombs, {self.figures[1]} let in'

    def amiss(self):
        return '' if self.figures[1] > 0 else 'no door let a bomb in'

    def attack(self):
        while not self.over.is_set():
            for body in BOMBS:
                for port in self.ports:
                    self.figures[0] += 1
                    self.figures[1] += bomb(port, body, random.choice((REQ, SUB)))
                    if self.over.is_set():
                        return


def attacks(suite, idle):
    """(name, how to begin it): each gives its attackers"""
    port = suite.port('gateway')
    big = b'Content-Length: %d\r\n\r\n' % GIGABYTE

    def crowd(first, drip, n, reads=False):
        return lambda: [Crowd(port, first, drip, n, reads)]

    def flood(requests, n, addresses=ATTACKERS):
        return lambda: [Flood(port, address, requests, n) for address in addresses]

    def bearing(tokens):
        return [('GET', '/api/me', None, {'Authorization': f'Bearer {token}'}) for token in tokens]

    rng, kid = random.Random(1), key_id(suite)
    return (
        ('slow head', crowd(HEAD + b'X: ', b'x', 300, True)),
        ('slow body', crowd(POST + b'Content-Length: 60000\r\n\r\n{', b'x', 300, True)),
        ('slow read', crowd(BOOK * 4, b'', 300)),
        ('idle', crowd(b'', b'', idle)),
        ('a gigabyte by length', crowd(POST + big, PIECE, 16)),
        ('a gigabyte in chunks', crowd(POST + b'Transfer-Encoding: chunked\r\n\r\n', b'10000\r\n' + PIECE + b'\r\n', 16)),
        ('large bodies', flood([('POST', '/api/payments/webhooks/toss', b'x' * 1000000, {})], 64)),
        ('large bodies unsigned', flood([('POST', '/api/orders', b'x' * 1000000, {})], 64)),
        ('deep JSON', flood([('POST', '/api/login', b'[' * 500000, {})], 8)),
        ('huge heads', crowd(HEAD + b''.join(b'X%d: %s\r\n' % (i, b'y' * 7000) for i in range(10)), b'x', 64, True)),
        ('malformed tokens', flood(bearing([malformed(rng) for _ in range(1000)]), 4)),
        ('forged tokens', flood(bearing([forged(kid, rng) for _ in range(5000)]), 4, UNKNOWN)),
        ('no such path', flood([('GET', '/api/nothing', None, {})], 4)),
        ('bombs on the bus', lambda: [Bombs(suite)]),
    )


def peak_kib(suite, name):
    """The most memory that it ever had."""
    with open(f'/proc/{suite.processes[name].pid}/status') as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith('VmHWM'))


def under(shoppers, begin, seconds):
    """Latencies while that attack goes on, and what its attackers tell of it."""
    attackers = begin()
    for each in attackers:
        each.start()
    took = shoppers.shop(seconds)
    for each in attackers:
        each.over.set()
    for each in attackers:
        each.join(20)
    return took, '; '.join(each.told() for each in attackers), [each.amiss() for each in attackers if each.amiss()]


def judge(world, name, bad):
    """A bad answer and a process that ended or has grown are findings."""
    suite = world.suite
    if bad:
        world.findings.add(f'under "{name}" a healthy customer was answered', str(bad))
    for service in suite.processes:
        if suite.has_ended(service):
            world.findings.add(f'"{name}" has ended {service}', suite.log_end(service))
            suite.start(service)
            suite.wait_ready(service)
        if service != 'sandbox' and peak_kib(suite, service) > PEAK_BOUND_KIB:
            world.findings.add(f'"{name}" has filled {service}', f'{peak_kib(suite, service)} KiB')


def attack(world, size):
    """Each attack in turn, in turns with quiet times."""
    shoppers = Shoppers(world, size['shoppers'], size['pace'])
    for name, begin in attacks(world.suite, size['idle']):
        if size['attack'] and size['attack'] not in name:
            continue
        seen, told = Comparison(), ''
        for _ in range(size['rounds']):
            time.sleep(size['rest'])
            quiet = shoppers.shop(size['seconds'])
            loud, told, amiss = under(shoppers, begin, size['seconds'])
            seen.add(quiet, loud)
            for why in amiss:
                world.findings.add(f'"{name}" was no attack, or came through', why)
        bad, waits = shoppers.take_bad()
        print(f'  {name}: {seen.told()}, told to wait {waits} times, gateway {peak_kib(world.suite, "gateway") // 1024} MiB; '
              f'{told}', flush=True)
        judge(world, name, bad)
