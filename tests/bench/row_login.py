"""POST /api/login through the gateway beside bare argon2id of the same cost in as many threads."""
import json
import re

import lab
import load
import measure as m

WAITING = 4        # callers: as many as hash at a time, and as many again who wait for a turn


def cost_of(suite):
    """Memory, passes and lanes of a stored password, as its hash tells them."""
    phc = suite.sql('SELECT password_phc FROM auth.users LIMIT 1')
    return re.search(r'm=(\d+),t=(\d+),p=(\d+)', phc).groups()


def measure(plan, suite):
    suite.start('auth', 'commerce', 'gateway')
    persons = lab.people(suite, 8)
    heads, bodies = lab.OUT / 'login.heads', lab.OUT / 'login.bodies'
    heads.write_text('Accept: application/json\n')
    bodies.write_text(''.join(json.dumps({'phone': p.phone, 'password': lab.PASSWORD}) + '\n' for p in persons))
    port, cost = suite.port('gateway'), cost_of(suite)

    def log_in(seconds):
        return load.wrk('login', f'http://127.0.0.1:{port}', WAITING, seconds, 'send.lua', '/api/login', heads, bodies)

    def bare(seconds):
        said = load.own('argon', 2, seconds, *cost)
        return said['done'], said['us'] / 1e6, said['p50'] / 1e3, said['p99'] / 1e3, 0, said['cpu']
    got = m.contest(plan, [m.Side('dure', log_in, lambda: [suite.pid('gateway'), suite.pid('auth')], suite.postmaster),
                           m.Side('argon2id', bare)])
    return [m.compare('login', 'log-in through the gateway', f'argon2id m={cost[0]} t={cost[1]} p={cost[2]} alone',
                      got['dure'], got['argon2id'], least=0.9)]
