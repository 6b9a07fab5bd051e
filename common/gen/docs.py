#!/usr/bin/python3
"""Writes the generated parts of the READMEs: the configuration tables of the services, from the same .def files that
the compiler reads, the metrics and alerts of deploy/prometheus, and the dashboards of deploy/grafana.

    docs.py [--check]     --check writes nothing and fails when a table is stale

A part stands between <!-- config:begin --> and <!-- config:end -->, of a service first what only that service is
told, then what all of them are told."""
import pathlib
import re
import sys

import dashboards
import metrics

ROW = re.compile(r'^CONFIG_(TEXT|INT|BOOL)\((.*)\)\s*$', re.M)
ARGUMENT = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^,"]+)\s*(?:,|$)')


def text_of(literal):
    return literal[1:-1].replace('\\"', '"').replace('\\\\', '\\')


def row(kind, arguments):
    values = [a.strip() for a in ARGUMENT.findall(arguments)]
    bounds = {'INT': 2}.get(kind, 0)
    if len(values) != 4 + bounds:
        sys.exit(f'docs: CONFIG_{kind}({arguments}) has {len(values)} arguments')
    name, default, flags, what = values[0], values[1], values[-2], text_of(values[-1])
    if 'CONFIG_SECRET' in flags:
        what += ' (secret)'
    if 'CONFIG_REQUIRED' in flags:
        default = 'required'
    elif kind == 'TEXT':
        default = f'`{text_of(default)}`' if default.startswith('"') and text_of(default) else ''
    else:
        default = f'`{default}`'
    bound = f'{values[2]} to {values[3]}' if bounds else ''
    return '| ' + ' | '.join([f'`DURE_{name.upper()}`', default, bound, what.replace('|', '\\|')]) + ' |'


def table(path):
    rows = [row(*match) for match in ROW.findall(path.read_text())] if path.exists() else []
    head = ['| variable | default | bounds | what it is for |', '| --- | --- | --- | --- |']
    return '\n'.join(head + rows) + '\n' if rows else ''


def section(service):
    own = table(service / 'config.def')
    common = table(pathlib.Path('common/config/common.def'))
    return f'{own}\nWhat every service is told:\n\n{common}' if own else f'What every service is told:\n\n{common}'


def parts():
    """(file, mark, text) of every part."""
    for readme in sorted(pathlib.Path('services').glob('*/README.md')):
        if '<!-- config:begin -->' in readme.read_text():
            yield readme, 'config', section(readme.parent)
    yield from metrics.parts()


def renewed(readme, mark, part):
    begin, end = f'<!-- {mark}:begin -->', f'<!-- {mark}:end -->'
    before, begun, rest = readme.read_text().partition(begin)
    _, ended, after = rest.partition(end)
    if not begun or not ended:
        sys.exit(f'docs: {readme} lacks {begin} or {end}')
    return f'{before}{begin}\n{part}{end}{after}'


def main(check):
    stale = []

    def renew(path, new):
        if not path.exists() or path.read_text() != new:
            stale.append(str(path))
            if not check:
                path.write_text(new)

    for readme, mark, part in parts():
        renew(readme, renewed(readme, mark, part))
    for path, text in dashboards.files():
        renew(path, text)
    if check and stale:
        sys.exit(f'docs: stale, run make docs: {" ".join(stale)}')


if __name__ == '__main__':
    main(sys.argv[1:] == ['--check'])
