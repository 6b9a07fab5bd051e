"""The metrics that the sources declare, and the parts of deploy/prometheus/README.md that are made of them and of the alerts."""
import collections
import pathlib
import re
import textwrap

import yaml

README = pathlib.Path('deploy/prometheus/README.md')
ALERTS = pathlib.Path('deploy/prometheus/alerts.yml')
DECLARED = re.compile(r'^METRIC\((\w+), (\w+), "([^"]+)", (?:NULL|"([^"]+)"),\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\);', re.M)
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
TYPES = {'COUNTER': 'counter', 'SECONDS_TOTAL': 'counter', 'GAUGE': 'gauge', 'SECONDS': 'gauge', 'HISTOGRAM': 'histogram'}

Metric = collections.namedtuple('Metric', 'name kind labels help path')


def declared():
    """Every METRIC of the sources, by name."""
    found = [Metric('dure_build_info', 'GAUGE', ['version', 'commit'], 'What this process was built from; always 1',
                    'common/metrics/write.c')]
    for path in sorted([*pathlib.Path('common').rglob('*.c'), *pathlib.Path('services').rglob('*.c')]):
        for _, kind, name, labels, text in DECLARED.findall(path.read_text()):
            text = ''.join(LITERAL.findall(text)).replace('\\"', '"')
            found.append(Metric(name, kind, labels.split(',') if labels else [], text, str(path)))
    return sorted(found)


def room(path):
    parts = path.split('/')
    return parts[1] if parts[0] == 'services' else '/'.join(parts[:2])


def metric_table():
    rows = ['| metric | type | labels | what it says | told by |', '| --- | --- | --- | --- | --- |']
    for m in declared():
        labels = ' '.join(f'`{label}`' for label in m.labels)
        text = m.help.replace('|', '\\|')
        rows.append(f'| `{m.name}` | {TYPES[m.kind]} | {labels} | {text} | {room(m.path)} |')
    return '\n'.join(rows) + '\n'


def alert_sections():
    sections = []
    for group in yaml.safe_load(ALERTS.read_text())['groups']:
        for rule in group['rules']:
            notes = rule['annotations']
            summary = re.sub(r'{{ *\$labels\.(\w+) *}}|{{ *\$(value)[^}]*}}', r'*\1\2*', notes['summary'])
            text = f'**{rule["labels"]["severity"]}**: {summary}. {notes["description"]}'
            lines = textwrap.wrap(text, 120, break_long_words=False, break_on_hyphens=False)
            sections.append('\n'.join([f'### {rule["alert"]}', '', *lines, '']))
    return '\n'.join(sections)


def parts():
    """(file, mark, text) of each part that is made."""
    return [(README, 'metrics', metric_table()), (README, 'alerts', alert_sections())]
