#!/usr/bin/python3
"""Judges what is told and asked of metrics; needs promtool (deploy/dev/install metrics).

Names and help texts in the sources follow Prometheus' conventions; every series that a rule, an alert or a dashboard asks
for is one that the sources declare, with labels it has; rules and configurations are well formed; every alert says what to
do, and is seen to fire and not to fire by its test; dashboards have unique ids, a data source to choose and units."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

sys.path.insert(0, 'common/gen')
import metrics  # noqa: E402

PROMETHEUS, GRAFANA = pathlib.Path('deploy/prometheus'), pathlib.Path('deploy/grafana')
# What Prometheus itself adds to a series, and what it makes of alerts.
TARGET_LABELS, MADE_UP = {'service', 'instance', 'job'}, {'up': set(), 'ALERTS': {'alertname', 'alertstate', 'severity'}}
SERIES = re.compile(r'(?<![\w:$])((?:dure|process|service|upstream|provider)[a-z0-9_]*(?:_|:)[\w:]+|up|ALERTS)\b(?!\s*\()(?:\s*{([^}]*)})?')
GROUPED = re.compile(r'\b(?:by|on|without|ignoring)\s*\(([^)]*)\)')
problems = []


def complain(where, what):
    problems.append(f'{where}: {what}')


def check_names(declared):
    seen = set()
    for m in declared:
        if m.name in seen:
            complain(m.path, f'{m.name} is declared twice')
        seen.add(m.name)
        if not re.fullmatch(r'(dure|process)(_[a-z0-9]+)+', m.name):
            complain(m.path, f'{m.name}: lower case with the suite\'s prefix')
        if (metrics.TYPES[m.kind] == 'counter') != m.name.endswith('_total'):
            complain(m.path, f'{m.name}: counters, and only they, end in _total')
        if m.kind in ('SECONDS', 'SECONDS_TOTAL', 'HISTOGRAM') and '_seconds' not in m.name:
            complain(m.path, f'{m.name} is in seconds and does not say so')
        if re.search(r'_(ms|us|milliseconds|minutes|kb|mb|percent)(_|$)', m.name):
            complain(m.path, f'{m.name}: base units (seconds, bytes, ratio)')
        if TARGET_LABELS & set(m.labels) or len(m.labels) > 2:
            complain(m.path, f'{m.name}: labels {m.labels}; those of the target are given by Prometheus')
        if not re.fullmatch(r'[A-Z0-9].*[^.]', m.help):
            complain(m.path, f'{m.name}: its help begins with a capital and ends without a full stop')


def series_of(declared, rules):
    """Name → labels, of all that may be asked for."""
    known = dict(MADE_UP)
    for m in declared:
        for suffix in ('_bucket', '_sum', '_count') if m.kind == 'HISTOGRAM' else ('',):
            known[m.name + suffix] = set(m.labels) | ({'le'} if suffix == '_bucket' else set())
    for rule in rules:
        if 'record' in rule:
            known[rule['record']] = {label.strip() for label in GROUPED.search(rule['expr']).group(1).split(',')} - {'le'}
    return known


def check_expression(where, expr, known):
    labels = set()
    bare = re.sub(r'"[^"]*"', lambda m: '"' + re.sub(r'\w', 'x', m.group(0)[1:-1]) + '"', expr)
    for name, matchers in SERIES.findall(bare):
        if name not in known:
            complain(where, f'{name} is a series that nobody tells')
            continue
        labels |= known[name]
        for label in re.findall(r'(\w+)\s*(?:=|!)', matchers):
            if label not in known[name] | TARGET_LABELS:
                complain(where, f'{name} has no label {label}')
    for group in GROUPED.findall(bare):
        for label in filter(None, (part.strip() for part in group.split(','))):
            if label not in labels | TARGET_LABELS:
                complain(where, f'nothing in "{expr}" has the label {label}')


def check_alert(rule, readme, known):
    name, notes = rule['alert'], rule.get('annotations', {})
    if rule.get('labels', {}).get('severity') not in ('critical', 'warning', 'info'):
        complain(name, 'its severity is critical, warning or info')
    if not notes.get('summary') or not notes.get('description'):
        complain(name, 'says neither what is the matter nor what to do')
    if notes.get('runbook') != f'{PROMETHEUS}/README.md#{name.lower()}' or f'\n### {name}\n' not in readme:
        complain(name, 'its runbook is its heading in README.md')
    for label in re.findall(r'\$labels\.(\w+)', f'{notes.get("summary")} {notes.get("description")}'):
        if not any(label in labels for series, labels in known.items() if series in rule['expr']) and label not in TARGET_LABELS:
            complain(name, f'its words use a label {label} that it has not')


def check_tested(rules):
    fires, quiet = set(), set()
    for test in yaml.safe_load((PROMETHEUS / 'alerts_test.yml').read_text())['tests']:
        for sample in test.get('promql_expr_test', []):
            named = re.findall(r'alertname="(\w+)"', str(sample['exp_samples']))
            fires.update(named)
            if not named:
                quiet.add(test['name'])
    for rule in rules:
        if rule.get('alert') not in fires | {None}:
            complain(rule['alert'], 'no test sees it fire')
        if rule.get('alert') not in quiet | {None}:
            complain(rule['alert'], 'no test named after it sees it not fire')


def panels_of(dashboard):
    for panel in dashboard['panels']:
        yield panel
        yield from panel.get('panels', [])


def check_panel(where, panel, known):
    unit = panel.get('fieldConfig', {}).get('defaults', {}).get('unit')
    if panel['type'] == 'row':
        return []
    if not unit or not panel.get('description') or not panel.get('targets'):
        complain(where, 'a panel has a unit, a description and something to show')
    if panel['datasource']['uid'] != '${datasource}':
        complain(where, 'its data source is the one that was chosen')
    return [target['expr'] for target in panel.get('targets', [])]


def check_dashboards(known):
    """The expressions of all panels, as Prometheus will see them."""
    uids, expressions = set(), []
    for path in sorted(GRAFANA.glob('*.json')):
        dashboard = json.loads(path.read_text())
        ids = [panel['id'] for panel in panels_of(dashboard)]
        variables = {v['name'] for v in dashboard['templating']['list'] if v['type'] == 'datasource'}
        if dashboard['uid'] in uids or len(set(ids)) != len(ids):
            complain(path, 'its uid and the ids of its panels are unique')
        if 'datasource' not in variables:
            complain(path, 'lets nobody choose a data source')
        uids.add(dashboard['uid'])
        for panel in panels_of(dashboard):
            for expr in check_panel(f'{path}: {panel["title"]}', panel, known):
                expr = expr.replace('$__rate_interval', '5m').replace('$service', '.*')
                check_expression(f'{path}: {panel["title"]}', expr, known)
                expressions.append(expr)
    return expressions


def promtool(*words):
    done = subprocess.run(['promtool', *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        complain('promtool ' + ' '.join(words[:2]), done.stdout + done.stderr)


def check_with_promtool(expressions):
    """Debian's Prometheus is built without Kubernetes: that part of the configuration is left out for it."""
    with tempfile.TemporaryDirectory() as folder:
        asked = [{'record': f'panel:{i}', 'expr': expr} for i, expr in enumerate(expressions)]
        panels = pathlib.Path(folder, 'panels.yml')
        panels.write_text(yaml.safe_dump({'groups': [{'name': 'panels', 'rules': asked}]}))
        cluster = yaml.safe_load((PROMETHEUS / 'kubernetes.yml').read_text())
        del cluster['scrape_configs'][0]['kubernetes_sd_configs']
        cluster['rule_files'] = []
        rest = pathlib.Path(folder, 'kubernetes.yml')
        rest.write_text(yaml.safe_dump(cluster))
        promtool('check', 'rules', '--lint=all', str(PROMETHEUS / 'rules.yml'), str(PROMETHEUS / 'alerts.yml'))
        promtool('check', 'rules', '--lint=none', str(panels))
        promtool('check', 'config', str(PROMETHEUS / 'prometheus.yml'))
        promtool('check', 'config', str(rest))
    promtool('test', 'rules', str(PROMETHEUS / 'alerts_test.yml'))


def main():
    declared = metrics.declared()
    rules = [rule for name in ('rules', 'alerts')
             for group in yaml.safe_load((PROMETHEUS / f'{name}.yml').read_text())['groups'] for rule in group['rules']]
    known = series_of(declared, rules)
    readme = (PROMETHEUS / 'README.md').read_text()
    check_names(declared)
    for rule in rules:
        check_expression(rule.get('alert') or rule['record'], rule['expr'], known)
        if 'alert' in rule:
            check_alert(rule, readme, known)
    check_tested(rules)
    check_with_promtool(check_dashboards(known))
    sys.exit('\n'.join(problems) or 0)


if __name__ == '__main__':
    main()
