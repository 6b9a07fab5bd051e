"""Healthy customers, who are timed while others attack, and what an attack does to them.

Each asks at an even pace and its time runs from when the call was due: who waits for an answer does not stop wanting the
next one. Quiet and attack take turns; each turn has its own 99th percentile, and the middle one of the ratios counts, so
neither a drift of the machine nor one bad moment decides."""
import statistics
import threading
import time

from client import Person

PASSWORD, BUSY_S, CALLS_PER_CONNECTION = 'operator-secret-9!', 10, 20
CALL = ('GET', '/api/products?limit=1', None, {})


class Shopper(Person):
    """Stays within the limits of one user; every answer must be good."""
    def __init__(self, world, number, pace_s):
        super().__init__(world, f'0105{number:07d}', PASSWORD)
        self.bad, self.pace_s, self.calls, self.waits = {}, pace_s, 0, 0
        world.suite.operator(self.phone, self.password)
        self.log_in()

    def call(self):
        """A machine that has too much to do says so and is asked again; that wait counts."""
        began = time.monotonic()
        answer = self.once(*CALL)
        while answer.status == 503 and time.monotonic() - began < BUSY_S:
            self.waits += 1
            self.pause(answer)
            answer = self.once(*CALL)
        if answer.status != 200:
            self.bad[answer.status] = self.bad.get(answer.status, 0) + 1
        self.calls += 1
        if self.calls % CALLS_PER_CONNECTION == 0:
            self.api.hang_up()                    # newcomers must get in, too

    def shop(self, due, until, took):
        while due < until:
            time.sleep(max(0.0, due - time.monotonic()))
            self.call()
            took.append((time.monotonic() - due) * 1000)
            due += self.pace_s


class Shoppers:
    def __init__(self, world, n, pace_s):
        self.all, self.pace_s = [Shopper(world, i, pace_s) for i in range(n)], pace_s

    def shop(self, seconds):
        """Milliseconds that each call took."""
        took, now = [], time.monotonic()
        threads = [threading.Thread(target=one.shop, args=(now + self.pace_s * i / len(self.all), now + seconds, took))
                   for i, one in enumerate(self.all)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        return took

    def take_bad(self):
        """(answers that were none, by status; how often one was told to wait) since the last time"""
        bad, waits = {}, 0
        for one in self.all:
            for status, n in one.bad.items():
                bad[status] = bad.get(status, 0) + n
            waits += one.waits
            one.bad, one.waits = {}, 0
        return bad, waits


def p99(took):
    return statistics.quantiles(took, n=100)[98]


class Comparison:
    """Turns of quiet and attack, as they come."""
    def __init__(self):
        self.quiet, self.loud = [], []

    def add(self, quiet, loud):
        self.quiet.append(p99(quiet))
        self.loud.append(p99(loud))

    def ratio(self):
        return statistics.median(loud / quiet for quiet, loud in zip(self.quiet, self.loud))

    def told(self):
        ratios = sorted(loud / quiet for quiet, loud in zip(self.quiet, self.loud))
        return (f'p99 {statistics.median(self.quiet):.1f} ms quiet, {statistics.median(self.loud):.1f} ms under attack '
                f'({self.ratio():.2f} x, {ratios[0]:.2f} to {ratios[-1]:.2f})')
