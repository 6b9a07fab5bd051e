"""The catalogue of events as a page: each type and version with its fields and an example, from the AsyncAPI documents.

Read by people who write subscribers; the gateway serves it at /docs/events. No script, nothing from elsewhere."""
import html
import json

from schema import KINDS, write_if_changed

HEAD = '''<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dure: the events</title>
<link rel="icon" href="data:,">
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
h2 { margin-top: 3rem; border-bottom: 1px solid #ccc; }
h3 { margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid #eee; }
code, pre { font: 14px/1.4 ui-monospace, monospace; }
pre { background: #f5f5f5; padding: .8rem; overflow-x: auto; }
.internal { color: #777; }
</style>
</head>
<body>
<h1>Events</h1>
<p>At least once on the wire, in order per key, no order between keys. Each comes in an envelope
(<code>id type version occurredAt publisher tenant key partition seq traceparent payload</code>); what follows are the payloads.
A published version never changes: skip fields that you do not know, a new version stands beside the old one. Programs
outside the suite hear the <em>public</em> ones, with an event key, by <code>libdure-events</code>, its wire format, <a
href="/docs">GET /api/events</a> or webhooks. The same as AsyncAPI: <a href="/asyncapi.json">/asyncapi.json</a>.</p>
'''


def kind_of(field):
    words = {'bool': 'true or false', 'i32': 'integer', 'i64': 'integer', 'text': 'text', 'uuid': 'UUID', 'time': 'time, RFC 3339',
             'bytes': 'bytes', 'json': 'object', 'object': 'object'}
    assert set(words) == set(KINDS) | {'object'}
    return f'list of {words[field.kind]}' if field.is_list else words[field.kind]


def bounds_of(field):
    if field.values:
        return 'one of ' + ', '.join(field.values)
    if field.kind in ('i32', 'i64') and field.min > -2 ** 31:
        return f'{field.min} or more'
    return f'at most {field.max} characters' if field.kind == 'text' and field.max else ''


def rows_of(struct, described, prefix=''):
    for f in struct.fields:
        says = described.get(f.wire, {}).get('description', '') if isinstance(described.get(f.wire), dict) else ''
        cells = [f'<code>{html.escape(prefix + f.wire)}</code>', kind_of(f) + ('' if f.required else ', may be absent'),
                 html.escape('; '.join(w for w in (bounds_of(f), says) if w))]
        yield '<tr>' + ''.join(f'<td>{c}</td>' for c in cells) + '</tr>'
        if f.struct:
            yield from rows_of(f.struct, {}, f'{prefix}{f.wire}.')


def section(name, version, struct, node, described):
    audience = node['x-audience']
    example = json.dumps(node['examples'][0]['payload'], ensure_ascii=False, indent=2)
    return [f'<h3 id="{name}.v{version}" class="{audience}"><code>{name}</code> version {version} &middot; {audience}</h3>',
            f'<p>{html.escape(node["title"])}. {html.escape(node.get("summary", ""))}</p>',
            '<table><tr><th>field</th><th>type</th><th></th></tr>', *rows_of(struct, described), '</table>',
            f'<pre>{html.escape(example)}</pre>']


def write_catalogue(docs, events, out):
    """docs: service to its AsyncAPI document."""
    page = [HEAD]
    for service in sorted({e[0] for e in events}):
        of = [e for e in events if e[0] == service]
        links = ' &middot; '.join(f'<a class="{e[5]["x-audience"]}" href="#{e[2]}.v{e[3]}">{e[2]}</a>' for e in of)
        page += [f'<h2>{service}</h2>', f'<p>{links}</p>']
        for _, _, name, version, struct, node in sorted(of, key=lambda e: (e[5]['x-audience'] != 'public', e[2], e[3])):
            _, schema, _ = docs[service].follow(node['payload'])
            page += section(name, version, struct, node, schema.get('properties', {}))
    write_if_changed(out / 'events.html', '\n'.join(page + ['</body>', '</html>', '']))
