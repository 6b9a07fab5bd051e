"""What was measured, for people (markdown) and for programs (JSON)."""
import dataclasses
import json
import os
import platform
import re
import subprocess

VERSIONS = {'dure': ['git', 'describe', '--always', '--dirty'], 'PostgreSQL': ['/usr/lib/postgresql/15/bin/postgres', '--version'],
            'Redis': ['redis-server', '--version'], 'nginx': ['/usr/sbin/nginx', '-v'], 'haproxy': ['/usr/sbin/haproxy', '-v'],
            'nats-server': ['nats-server', '--version'], 'node': ['node', '--version'], 'gcc': ['gcc', '--version'],
            'libvips': ['vips', '--version'], 'wrk': ['wrk', '-v']}
HEAD = ('| what | against | ours | theirs | ratio | p50 ms | p99 ms | CPU µs | PostgreSQL µs | target | |\n'
        '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n')


def first_line(command):
    try:
        done = subprocess.run(command, text=True, capture_output=True, check=False)
    except FileNotFoundError:
        return 'not installed'
    line = (done.stdout + done.stderr).strip().split('\n')[0]
    number = re.search(r'[0-9]+[.][0-9][0-9.]*', line)
    return number[0] if number else line


def machine():
    with open('/proc/cpuinfo', encoding='utf-8') as file:
        model = next((line.split(':')[1].strip() for line in file if line.startswith('model name')), platform.machine())
    with open('/proc/meminfo', encoding='utf-8') as file:
        memory = int(file.readline().split()[1]) // 1024 // 1024
    return {'processor': model, 'cores': os.cpu_count(), 'memory_gib': memory, 'kernel': platform.release(),
            'load_before': os.getloadavg()[0]}


def head():
    return {'machine': machine(), 'versions': {name: first_line(command) for name, command in VERSIONS.items()}}


def number(value):
    if value is None:
        return ''
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f'{value:,.{digits}f}'


def pair(ours, peer, field):
    words = [number(getattr(side, field)) for side in (ours, peer) if side]
    return ' / '.join(w or '–' for w in words) if any(words) else ''


def line(x):
    met = '' if x.met is None else 'met' if x.met else '**not met**'
    errors = x.ours.errors + (x.peer.errors if x.peer else 0)
    cells = [x.what, x.against, number(x.ours.rate) + x.unit, number(x.peer.rate) + x.unit if x.peer else '',
             number(x.ratio), *(pair(x.ours, x.peer, f) for f in ('p50', 'p99', 'cpu', 'postgres')), x.target,
             met + (f' {errors} errors' if errors else '')]
    return '| ' + ' | '.join(cells) + ' |\n'


def write(out, top, lines, seconds):
    """bench.md and bench.json in that folder; the markdown is returned, too."""
    known = ', '.join(f'{k} {v}' for k, v in top['versions'].items())
    m = top['machine']
    text = (f'{m["processor"]}, {m["cores"]} cores, {m["memory_gib"]} GiB, Linux {m["kernel"]}; '
            f'load before {m["load_before"]:.1f}\n\n{known}\n\n' + HEAD + ''.join(line(x) for x in lines) + f'\n{seconds:.0f} s\n')
    (out / 'bench.md').write_text(text, encoding='utf-8')
    rows = [dataclasses.asdict(x) for x in lines]
    (out / 'bench.json').write_text(json.dumps({**top, 'seconds': round(seconds), 'lines': rows}, indent=1, ensure_ascii=False))
    return text
