"""Breaks one thing at a time and tells, route by route, what was expected and what was seen: gameday.py <folder>.

What is expected stands in README.md. Exit status 0 when everything was as expected and the books are sound, else 1.
With words behind the folder only the faults whose name contains one of them are played."""
import os
import sys
import time

import routes
import table
from faults import faults
from suite import PROVIDERS, SERVICES, Suite, wait_until

NOTICED_S, READY_S, HEARD_S, NOT_HEARD_S, PATIENCE_S = 5, 5, 10, 2, 60
CLOCK_S = 2.2      # libfaketime looks once a second, by whole seconds
BLOCK = 4096        # what a file on a full disk may still have room for
WELL = 'as usual'


class Day:
    def __init__(self, suite):
        self.suite, self.round = suite, routes.Round(suite)
        self.usual, self.expected = table.read()
        self.seen = self.differed = 0

    def judge(self, what, expected, seen, note=''):
        self.seen += 1
        good = seen == expected
        self.differed += not good
        print(f'  {"" if good else "DIFFERS ":8}{what:52} {expected:32} {"" if good else "seen: " + str(seen)} {note}'.rstrip(),
              flush=True)

    def play(self, name):
        hypothesis, differing = self.expected[name]
        fault, expected = faults[name], self.usual | differing
        print(f'\n== {name}\n{hypothesis}', flush=True)
        self.round.prepare()
        self.before = self.suite.pids()
        fault.strike(self.suite)
        try:
            self.look(fault, expected)
        finally:
            fault.heal(self.suite)
        self.recover(fault, expected)

    # ---- during the fault

    def look(self, fault, expected):
        took = wait_until(lambda: self.readiness() == expected['/readyz'], NOTICED_S)
        self.judge('/readyz', expected['/readyz'], self.readiness(), 'at once' if took is None else f'{took:.1f} s')
        self.judge('/livez', expected['/livez'], self.liveness())
        if fault.clock:
            time.sleep(CLOCK_S)
            self.late = self.round.person()
            self.late.ask('GET', '/api/me')
        written = self.logs()
        for what in routes.rows:
            self.ask(what, expected)
        self.judge('the logs', expected['the logs'], 'grow' if self.logs() > written + BLOCK else 'stand still')
        self.follow('the alarm of that order', 'heard', lambda: routes.heard_of(self.round), expected)
        self.follow('the message of that order', 'sent', lambda: routes.sent_to(self.round), expected)
        if fault.press:
            fault.press(self.round)
            took = wait_until(lambda: self.breaker_is_open(fault.provider), HEARD_S)
            self.judge(f'the breaker of {fault.provider}', expected[f'the breaker of {fault.provider}'],
                       'shut' if took is None else 'open', '' if took is None else f'{took:.1f} s')

    def ask(self, what, expected):
        began = time.monotonic()
        answer = str(routes.rows[what](self.round))
        self.judge(what, expected[what], answer, f'{(time.monotonic() - began) * 1000:.0f} ms')

    def follow(self, what, word, holds, expected):
        if self.round.order is None:
            self.judge(what, expected[what], 'no order')
            return
        took = wait_until(holds, HEARD_S if expected[what] == word else NOT_HEARD_S)
        self.judge(what, expected[what], 'later' if took is None else word, '' if took is None else f'{took:.1f} s')

    def readiness(self):
        absent = self.suite.not_ready()
        return 'ready' if not absent else 'not ready: ' + ('all' if absent == SERVICES else ' '.join(absent))

    def liveness(self):
        absent = self.suite.not_alive()
        return 'alive' if not absent else 'dead: ' + ' '.join(absent)

    def breaker_is_open(self, provider):
        return self.suite.metric(PROVIDERS[provider][0], f'dure_provider_breaker_open{{provider="{provider}"}}') > 0

    def logs(self):
        return os.path.getsize(f'{self.suite.dir}/log/gateway.log')

    # ---- behind it

    def recover(self, fault, expected):
        took = wait_until(lambda: not self.suite.not_ready(), PATIENCE_S)
        self.judge('ready again', f'within {READY_S} s', 'not at all' if took is None else f'within {READY_S} s' if took <= READY_S
                   else 'too late', '' if took is None else f'{took:.1f} s')
        self.judge('the processes', expected['the processes'], 'the same' if self.suite.pids() == self.before else 'others')
        if fault.clock:
            time.sleep(CLOCK_S)
            self.end_token()
        self.in_the_end(fault, expected)
        self.afterwards()

    def in_the_end(self, fault, expected):
        r = self.round
        self.settle('that payment, in the end', expected, lambda: routes.outcome(r, r.earlier))
        self.settle('the new payment, in the end', expected, lambda: routes.outcome(r, r.new))
        self.settle('the alarm, in the end', expected, lambda: 'no order' if r.order is None else
                    'heard' if routes.heard_of(r) else 'not')
        self.settle('the message, in the end', expected, lambda: 'no order' if r.order is None else
                    'sent' if routes.sent_to(r) else 'not')
        if fault.provider:
            self.settle(f'{fault.provider} is asked again', {f'{fault.provider} is asked again': 'yes'},
                        lambda: 'yes' if routes.answers_again[fault.provider](r) else 'no')

    def settle(self, what, expected, look):
        """Waits until it is as expected, for what comes by and by; what must not come is waited for a moment only."""
        patience = NOT_HEARD_S if expected[what] == 'not' else PATIENCE_S
        took = wait_until(lambda: (look() == expected[what]) != (expected[what] == 'not'), patience, 0.2)
        self.judge(what, expected[what], look(), '' if took is None else f'{took:.1f} s')

    def afterwards(self):
        """Every route, as usual again."""
        self.round.prepare()
        wrong = [(what, seen) for what in routes.rows if (seen := str(routes.rows[what](self.round))) != self.usual[what]]
        self.judge('every route, afterwards', WELL, WELL if not wrong else '; '.join(f'{w}: {s}' for w, s in wrong))

    def end_token(self):
        """What was signed under a wrong clock can be ended under the right one, and stays so when Redis forgets."""
        late, path = self.late, '/api/me'
        before = str(late.ask('GET', path, renewing=False))
        late.ask('DELETE', '/api/sessions/current', renewing=False)
        ended = late.ask('GET', path, renewing=False).status
        self.suite.redis('FLUSHALL')
        flushed = late.ask('GET', path, renewing=False).status
        self.judge('a token signed meanwhile, once ended', '401 401', f'{ended} {flushed}', f'before: {before}')


def play_all(suite, words):
    """The day, when it went to its end."""
    suite.start()
    suite.put_wires()
    suite.run()
    day = Day(suite)
    for name in day.expected:
        if not words or any(word in name for word in words):
            day.play(name)
    return day


def add_up(suite, orders):
    acked = f'{suite.dir}/acked'
    with open(acked, 'w', encoding='ascii') as file:
        file.writelines(order + '\n' for order in orders)
    return suite.check('--acked', acked, '--wait', '30')


def main(folder, words):
    began = time.monotonic()
    suite = Suite(folder, clocks=True)
    try:
        day = play_all(suite, words)
        sound, said = add_up(suite, day.round.placed)
    finally:
        suite.stop()
    print(f'\n== Does it add up?\n{said}')
    suite.remove()
    print(f'game day: {day.seen} looks, {day.differed} differed, the books are {"sound" if sound else "NOT SOUND"}, '
          f'{len(day.round.placed)} orders, {time.monotonic() - began:.0f} s')
    return 1 if day.differed or not sound else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1], sys.argv[2:]))
