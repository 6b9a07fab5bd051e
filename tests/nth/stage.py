"""Plays a call while one call below it fails, and judges what came of it."""
import http.server
import signal
import threading
import time
import uuid

from client import Answer
from plays import Screen
from suite import BIN, SERVICES

ANSWER_S, FOLLOW_S, RETRY_S, START_S = 60, 60, 0.03, 60
LEASE_S, LEASE_ASKED_S, JOB_ASKED_S = 31, 0.3, 3
REFUSED_FOR_NOW = (409, 429, 502, 503, 504)


class Receiver(threading.Thread):
    """Of webhooks; counts them."""
    def __init__(self):
        super().__init__(daemon=True)
        self.heard = 0
        counter = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers['Content-Length']))
                counter.heard += 1
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.port = self.server.server_address[1]

    def run(self):
        self.server.serve_forever()


class Stage:
    """pages: of each service, by name; where: what is under way, for findings."""
    def __init__(self, world, pages):
        self.world, self.suite, self.pages = world, world.suite, pages
        self.service, self.where = None, ''

    def finding(self, what, detail=''):
        self.world.findings.add(what, f'{self.where}: {detail} {self.called(self.service)}')

    def called(self, service):
        """Whose call failed."""
        if service is None or not self.pages[service].failed():
            return ''
        return '\n    ' + '\n    '.join(self.pages[service].where(f'{BIN}/dure-{service}')[:14])

    # ---- one call

    def ask(self, call, key):
        who = call.who
        if call.method == 'SOCKET':
            let_in = Screen(self.suite.port('gateway'), who.access).is_let_in()
            return Answer(200 if let_in else 503, None, b'' if let_in else b'{"code": "socket.closed"}')
        headers = dict(call.headers)
        if call.key:
            headers['Idempotency-Key'] = key
        return who.once(call.method, call.path, call.body, headers)

    def is_proper(self, call, answer):
        """Success, a refusal that a repetition may get, or a problem that says: later."""
        if answer.status in call.ok or answer.slug in call.may:
            return True
        if answer.status == 0:
            return self.service == 'gateway'      # its connection to the caller is what failed
        return answer.status in REFUSED_FOR_NOW and answer.slug != ''

    def insist(self, call):
        """The same call with the same key until it is answered well."""
        key, began = str(uuid.uuid4()), time.monotonic()
        call.who.api.hang_up()      # the gateway may have grown tired of it
        while True:
            answer = self.ask(call, key)
            if not self.is_proper(call, answer):
                self.finding(f'{call.method} {self.world.route_of(call.path)} answered {answer.status} {answer.slug}',
                             answer.body.decode(errors='replace')[:300])
            if answer.status in call.ok or answer.slug in call.may:
                return answer
            self.look_after()
            if time.monotonic() > began + ANSWER_S or not self.is_proper(call, answer):
                self.finding('a call is never answered well', f'last {answer.status} {answer.slug}')
                return None
            if answer.slug == 'idempotency.running' and time.monotonic() > began + LEASE_ASKED_S:
                self.pass_lease()
            time.sleep(RETRY_S)

    def pass_lease(self, times=1):
        """Over the lease of a request or job that nobody is at any more, or the pause before it is tried again."""
        self.suite.move_clock(times * LEASE_S)

    def follow(self, call):
        began, moves = time.monotonic(), 0
        while not call.came():
            if time.monotonic() > began + (moves + 1) * JOB_ASKED_S:
                self.pass_lease(2 ** moves)
                if call.poke is not None:
                    call.poke()
                moves += 1
            if time.monotonic() > began + FOLLOW_S:
                self.finding('what must follow does not come')
                return
            self.look_after()
            time.sleep(0.01)

    def play(self, call, follows):
        answer = self.insist(call)
        if answer is None:
            return
        if answer.status in call.ok and call.made is not None:
            call.made(answer)
        if follows and call.came is not None:
            self.follow(call)

    def under(self, service, call, follows, arm):
        """Plays the call while the page of the service is armed; how many calls of each kind it made there."""
        page = self.pages[service]
        self.service = service
        page.arm(*arm)
        try:
            self.play(call, follows)
        finally:
            page.disarm()
        self.look_after()
        self.service = None
        return page.counts()

    def look_after(self):
        """Nobody may have ended; who has is started again, and nothing more fails in it."""
        for name in SERVICES:
            if not self.suite.has_ended(name):
                continue
            status = self.suite.processes[name].returncode
            self.finding(f'{name} ended', f'status {status}; its log ends with {self.suite.log_end(name)[-600:]}')
            self.pages[name].disarm()
            self.suite.start(name)
            self.suite.wait_ready(name)

    # ---- starts

    def start_under(self, service, kind, at, how):
        """A start that comes to an end or to a good end: ready, or an orderly exit that says why."""
        page, log = self.pages[service], f'{self.suite.dir}/start.log'
        self.service = service
        page.arm(kind, at, how, starts=True)
        open(log, 'w').close()
        self.suite.start(service, log)
        self.suite.logs[service] = f'{self.suite.dir}/log/{service}.log'
        until = time.monotonic() + START_S
        while not self.suite.has_ended(service) and not self.suite.is_ready(service):
            if time.monotonic() > until:
                self.finding(f'{service} neither gets ready nor ends')
                break
            time.sleep(0.02)
        page.disarm()
        self.judge_start(service, log)
        self.service = None

    def judge_start(self, service, log):
        ended = self.suite.has_ended(service)
        status = self.suite.processes[service].returncode if ended else self.suite.end(service, signal.SIGTERM)
        with open(log, errors='replace') as file:
            said = file.read()
        if not ended and status != 0:
            self.finding(f'{service} ended with {status} on SIGTERM', said[-900:])
        elif ended and (status == 0 or not said.strip()):
            self.finding(f'{service} ended with {status} at start and said nothing')
        elif status < 0 and not (status == -signal.SIGABRT and '"event":"process.panic"' in said):
            self.finding(f'{service} died at start of signal {-status}', said[-900:])
