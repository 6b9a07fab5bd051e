"""Grafana's dashboards out of deploy/grafana/dashboards.yml: the JSON that it imports, one file each."""
import json
import pathlib

import yaml

FOLDER = pathlib.Path('deploy/grafana')
SOURCE = {'type': 'prometheus', 'uid': '${datasource}'}
COLUMNS, WIDTH, HEIGHT = 4, 6, 8


def targets(show):
    return [{'refId': chr(ord('A') + i), 'datasource': SOURCE, 'expr': expr, 'legendFormat': legend}
            for i, (legend, expr) in enumerate(show.items())]


def panel(number, told, x, y):
    kind = told.get('kind', 'timeseries')
    look = {'fillOpacity': 10, 'showPoints': 'never'} if kind == 'timeseries' else {}
    options = {'legend': {'displayMode': 'list', 'placement': 'bottom'}, 'tooltip': {'mode': 'multi', 'sort': 'desc'}}
    if kind == 'stat':
        options = {'reduceOptions': {'calcs': ['lastNotNull']}, 'textMode': 'value_and_name', 'colorMode': 'none'}
    return {'id': number, 'type': kind, 'title': told['title'], 'description': told['what'], 'datasource': SOURCE,
            'gridPos': {'x': x, 'y': y, 'w': WIDTH, 'h': HEIGHT},
            'fieldConfig': {'defaults': {'unit': told['unit'], 'min': 0, 'custom': look}, 'overrides': []},
            'options': options, 'targets': targets(told['show'])}


def panels(rows):
    made, y = [], 0
    for row in rows:
        made.append({'id': len(made) + 1, 'type': 'row', 'title': row['title'], 'collapsed': False, 'datasource': SOURCE,
                     'gridPos': {'x': 0, 'y': y, 'w': COLUMNS * WIDTH, 'h': 1}, 'panels': []})
        y += 1
        for i, told in enumerate(row['panels']):
            made.append(panel(len(made) + 1, told, i % COLUMNS * WIDTH, y + i // COLUMNS * HEIGHT))
        y += -(-len(row['panels']) // COLUMNS) * HEIGHT
    return made


def choices(text):
    made = [{'name': 'datasource', 'label': 'Data source', 'type': 'datasource', 'query': 'prometheus'}]
    if '$service' in text:
        made.append({'name': 'service', 'label': 'Service', 'type': 'query', 'datasource': SOURCE, 'refresh': 2,
                     'query': 'label_values(up{job="dure"}, service)', 'includeAll': True, 'multi': True, 'allValue': '.*',
                     'current': {'text': 'All', 'value': '$__all'}})
    return {'list': made}


def dashboard(told):
    made = panels(told['rows'])
    return {'uid': told['uid'], 'title': told['title'], 'tags': ['dure'], 'schemaVersion': 38, 'editable': True,
            'time': {'from': 'now-3h', 'to': 'now'}, 'refresh': '30s', 'templating': choices(json.dumps(made)), 'panels': made}


def files():
    """(file, text) of each dashboard."""
    for told in yaml.safe_load((FOLDER / 'dashboards.yml').read_text()):
        yield FOLDER / f'{told["uid"]}.json', json.dumps(dashboard(told), indent=1) + '\n'
