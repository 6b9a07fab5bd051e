"""The load generators: wrk for HTTP, pgbench for SQL."""
import json
import os
import pathlib
import re

import lab
import measure

HERE = pathlib.Path(__file__).resolve().parent
PLANS = '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off'     # as common/db/conn.c has them


def wrk(name, url, connections, seconds, script, *arguments):
    """(done, seconds, p50 ms, p99 ms, errors) of wrk with one of the scripts beside this file."""
    threads = min(2, connections)
    out = lab.run(['wrk', f'-t{threads}', f'-c{connections}', f'-d{max(1, round(seconds))}s', '--timeout', '10s', '-s',
                   HERE / script, url, '--', *arguments])
    said = json.loads(out.rsplit('bench: ', 1)[1])
    if said['errors']:
        print(f'  {name}: {said}')
    return said['requests'] - said['refused'], said['us'] / 1e6, said['p50'] / 1e3, said['p99'] / 1e3, said['errors']


def own(program, *arguments):
    """What a program of ours says of its work."""
    return json.loads(lab.run([lab.BIN / program, *arguments]).rsplit('bench: ', 1)[1])


def pgbench(suite, script, clients, seconds, database, **values):
    """The same of pgbench as the role of commerce: prepared statements, each transaction logged for its latency."""
    place = pathlib.Path((suite.postgres / 'place').read_text().strip())
    log, passwords = lab.OUT / 'pgbench', lab.OUT / 'pgpass'
    for old in lab.OUT.glob('pgbench.[0-9]*'):
        old.unlink()
    passwords.touch(0o600)
    passwords.write_text(f'*:*:*:dure_commerce:{suite.secret("commerce_password")}\n')
    environment = {**os.environ, 'PGPASSFILE': str(passwords), 'PGHOST': str(place / 'pg'), 'PGUSER': 'dure_commerce',
                   'PGOPTIONS': PLANS}
    variables = [word for name, value in values.items() for word in ('-D', f'{name}={value}')]
    out = lab.run(['/usr/lib/postgresql/15/bin/pgbench', '-n', '-M', 'prepared', '-c', clients, '-j', min(2, clients), '-T',
                   max(1, round(seconds)), '-f', script, '-l', f'--log-prefix={log}', *variables, database], env=environment)
    took = [int(line.split()[2]) / 1000 for path in lab.OUT.glob('pgbench.[0-9]*') for line in path.read_text().splitlines()]
    if not took:                     # whose connections took all the time; pgbench then tells no rate either
        return 0, seconds, None, None, 0
    failed = int(re.search(r'number of failed transactions: (\d+)', out).group(1))
    rate = float(re.search(r'tps = ([0-9.]+)', out).group(1))
    return len(took), len(took) / rate, measure.percentile(took, 0.5), measure.percentile(took, 0.99), failed
