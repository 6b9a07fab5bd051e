"""Event committed → effect and cursor committed: outbox, relay, nng and inbox beside NATS JetStream and Redis Streams."""
import events
import lab
import load
import measure as m

PER_SECOND = 500


class Ground:
    """The tables of the events, and the server of one of the peers."""

    def __init__(self, suite):
        self.suite, self.tables = suite, events.Tables(suite)
        port, store = lab.free_port(), lab.OUT / 'nats'
        store.mkdir(exist_ok=True)
        self.nats = lab.Program('nats-server', ['nats-server', '-a', '127.0.0.1', '-p', port, '-js', '-sd', store], port)
        self.ports = f'{lab.free_port()}:{lab.free_port()}'

    def close(self):
        self.nats.close()

    def side(self, name, mode, n, where, servers):
        def go(seconds):
            self.tables.empty()
            count = n if mode == 'drain' else max(200, round(PER_SECOND * seconds))
            said = load.own(f'events_{name}', mode, count, PER_SECOND, self.tables.url, where)
            return said['done'], said['us'] / 1e6, said['p50'] / 1e3, said['p99'] / 1e3, 0, said['cpu']
        return m.Side(name, go, lambda: servers, self.suite.postmaster)

    def sides(self, mode, n):
        return [self.side('dure', mode, n, self.ports, []),
                self.side('nats', mode, n, f'nats://127.0.0.1:{self.nats.port}', [self.nats.pid]),
                self.side('redis', mode, n, self.tables.redis, [self.suite.redis_pid()])]


def measure(plan, suite):
    ground = Ground(suite)
    try:
        drained = m.contest(plan, ground.sides('drain', plan.size(20000, 2000)))
        paced = m.contest(plan, ground.sides('paced', 0))
    finally:
        ground.close()
    for samples in drained.values():
        for sample in samples:
            sample.p50 = sample.p99 = None
    words = {'nats': 'NATS JetStream', 'redis': 'Redis Streams'}
    late = m.middle(paced['dure'])
    lines = [m.compare('event', 'event committed → handled, a backlog', words[peer], drained['dure'], drained[peer], least=1.0)
             for peer in words]
    lines += [m.compare('event', f'event committed → handled, {PER_SECOND}/s', words[peer], paced['dure'], paced[peer], 'p50')
              for peer in words]
    return lines + [m.bound('event', f'event committed → handled, {PER_SECOND}/s', late, late.p50, 5, 'p50 ≤ 5 ms')]
