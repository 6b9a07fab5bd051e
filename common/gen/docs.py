#!/usr/bin/python3
"""Writes the configuration tables into the services' READMEs, from the same .def files that the compiler reads.

    docs.py [--check]     --check writes nothing and fails when a table is stale

A table stands between <!-- config:begin --> and <!-- config:end --> of services/<service>/README.md: first what
only that service is told, then what all of them are told."""
import pathlib
import re
import sys

BEGIN, END = '<!-- config:begin -->', '<!-- config:end -->'
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


def renewed(text, service):
    before, _, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        sys.exit(f'docs: {service}/README.md has {BEGIN} without {END}')
    return f'{before}{BEGIN}\n{section(service)}{END}{after}'


def main(check):
    stale = []
    for readme in sorted(pathlib.Path('services').glob('*/README.md')):
        text = readme.read_text()
        if BEGIN not in text:
            continue
        new = renewed(text, readme.parent)
        if new != text:
            stale.append(str(readme))
            if not check:
                readme.write_text(new)
    if check and stale:
        sys.exit(f'docs: stale, run make docs: {" ".join(stale)}')


if __name__ == '__main__':
    main(sys.argv[1:] == ['--check'])
