#!/usr/bin/python3
"""Makes C from the contracts: structs, readers' tables, routes and events; and the merged documents.

    proto.py <proto folder> <output folder>

proto/<service>/openapi.yaml   → <out>/<service>/<service>.gen.{h,c}      structs, step prototypes, routes
                                 <out>/<service>/<service>_types.gen.c   the tables of those structs
proto/<service>/asyncapi.yaml  → <out>/<service>/<service>_events.gen.{h,c}  payloads and event types
all openapi.yaml               → <out>/public_routes.gen.{h,c}, openapi.json
all asyncapi.yaml              → public_events.gen.h, asyncapi.json, events.html (the catalogue)
all of them                    → contract_types.gen.{h,c}, what comes in from outside
proto/permissions.yaml         → permissions.gen.h"""
import json
import pathlib
import sys

from schema import (ContractError, Document, Structs, Struct, c_text, emit_struct, emit_type, snake, stop,
                    write_if_changed)

METHODS = ('get', 'post', 'put', 'patch', 'delete')
WHO = {'staff': 'WHO_STAFF', 'customer': 'WHO_CUSTOMER', 'partner': 'WHO_PARTNER', 'operator': 'WHO_OPERATOR',
       'service': 'WHO_SERVICE', 'eventKey': 'WHO_ANYONE'}
NOTE = '/* Made by common/gen from proto/; do not edit. */\n'


class Permissions:
    def __init__(self, path):
        self.flags = Document.at(path).root['flags']
        self.bit = {f['name']: i for i, f in enumerate(self.flags)}
        self.group = {f['name']: f.get('group') for f in self.flags}

    def mask(self, names, where):
        """A leaf counts only with its group switch on, so both bits are needed."""
        mask = 0
        for name in names:
            if name not in self.bit:
                raise ContractError(f'{where}: no permission {name}')
            mask |= 1 << self.bit[name]
            if self.group[name]:
                mask |= 1 << self.bit[self.group[name]]
        return mask

    def header(self):
        lines = [NOTE, '#ifndef GEN_PERMISSIONS_H', '#define GEN_PERMISSIONS_H', '#include <stdint.h>', '']
        lines += [f'#define PERMISSION_{f["name"].upper()} (UINT64_C(1) << {i})' for i, f in enumerate(self.flags)]
        lines += ['', f'enum {{ PERMISSION_COUNT = {len(self.flags)} }};']
        for kind in ('owner', 'member'):
            mask = sum(1 << i for i, f in enumerate(self.flags) if f.get(kind))
            lines.append(f'#define PERMISSIONS_{kind.upper()} UINT64_C({mask:#x})')
        lines += ['', '/* The word of each bit, in order, for GET /api/me. */',
                  'static const char *const permission_words[] __attribute__((unused)) = {']
        lines += [f'\t{c_text(f["name"])},' for f in self.flags]
        groups = ', '.join(str(self.bit[f['group']]) if f.get('group') else '-1' for f in self.flags)
        lines += ['};', '/* The bit of the group switch a leaf stands behind; -1 for the switches themselves. */',
                  f'static const int permission_group[] __attribute__((unused)) = {{ {groups} }};']
        return '\n'.join(lines + ['#endif', ''])


class Operation:
    def __init__(self, doc, service, path, method, node, structs, permissions, shared):
        self.path, self.method, self.node = path, method, node
        self.id = node.get('operationId')
        self.where = f'{doc.path}: {method.upper()} {path}'
        if not self.id or snake(self.id) != self.id:
            raise ContractError(f'{self.where}: operationId must be a lower_case step name')
        self.doc, self.service, self.structs = doc, service, structs
        self.tx = node.get('x-tx')
        if self.tx not in ('none', 'read', 'write'):
            raise ContractError(f'{self.where}: x-tx must be none, read or write')
        self.idempotent = bool(node.get('x-idempotency'))
        self.limit = node.get('x-limit', 'default')
        self.permissions = permissions.mask(node.get('x-permission', []), self.where)
        self.security()
        self.upstreams()
        self.in_struct = self.request(shared)
        self.status, self.out_struct = self.response()

    def security(self):
        if 'security' not in self.node:
            raise ContractError(f'{self.where}: security is missing ([] for a public call)')
        names = [name for need in self.node['security'] for name in need]
        self.who = [WHO[n] for n in names] or ['WHO_ANYONE']
        internal = self.path.startswith('/internal/')
        if internal != (self.who == ['WHO_SERVICE']):
            raise ContractError(f'{self.where}: service calls and only they stand under /internal/')

    def upstreams(self):
        """Calls that the gateway forwards in a way of their own: to the service that a query parameter names, with the
        caller's Authorization, waiting longer than others and never repeated."""
        self.keyed = any('eventKey' in need for need in self.node['security'])
        self.long_poll_s = self.node.get('x-long-poll-s', 0)
        self.upstream_by, self.upstream, self.upstream_names = self.node.get('x-upstream-by'), self.service, []
        if self.upstream_by:
            schema = [p['schema'] for p in self.node.get('parameters', []) if p.get('name') == self.upstream_by]
            if not schema or schema[0].get('default') not in schema[0].get('enum', []):
                raise ContractError(f'{self.where}: x-upstream-by needs a query parameter with enum and default')
            self.upstream, self.upstream_names = schema[0]['default'], schema[0]['enum']

    def request(self, shared):
        fields, origin = [], f'{self.where}#in'
        for node in shared + self.node.get('parameters', []):
            doc, p, _ = self.doc.follow(node)
            if p['in'] == 'header':
                continue           # Idempotency-Key, If-Match: the door reads them
            fields.append(self.structs.field(doc, p['name'], p['schema'], p.get('required', False),
                                             f'{self.id}_in', origin, p['in'].upper()))
        self.check_path(fields)
        body = self.node.get('requestBody')
        if body:
            doc, body, _ = self.doc.follow(body)
            doc, schema, _ = doc.follow(body['content']['application/json']['schema'])
            fields += self.structs.properties(doc, schema, f'{self.id}_in', origin)
        self.has_body = bool(body)
        names = [f.c for f in fields]
        if len(names) != len(set(names)):
            raise ContractError(f'{self.where}: path, query and body share a name')
        return self.structs.add(Struct(f'{self.id}_in', fields), origin) if fields else None

    def check_path(self, fields):
        named = {s[1:-1] for s in self.path.split('/') if s.startswith('{')}
        if named != {f.wire for f in fields if f.where == 'PATH'}:
            raise ContractError(f'{self.where}: path parameters and template differ')

    def response(self):
        for code, node in self.node['responses'].items():
            if not str(code).startswith('2'):
                continue
            doc, response, _ = self.doc.follow(node)
            content = response.get('content', {}).get('application/json')
            if not content or 'schema' not in content:
                return int(code), None
            schema = content['schema']
            self.structs.bounded, kept = False, self.structs.bounded
            if '$ref' in schema:
                out = self.structs.component(doc, schema)
            else:
                out = self.structs.make(doc, schema, f'{self.id}_out', f'{self.where}#out')
            self.structs.bounded = kept
            return int(code), out
        raise ContractError(f'{self.where}: no 2xx response')

    def prototype(self):
        args = ['struct req *rq']
        if self.in_struct:
            args.append(f'const struct {self.in_struct.c} *in')
        if self.out_struct:
            args.append(f'struct {self.out_struct.c} *out')
        return f'const struct err *{self.id}({", ".join(args)}) MUST_USE;'

    def door(self):
        args = ['rq'] + (['in'] if self.in_struct else []) + (['out'] if self.out_struct else [])
        unused = ''.join(f'\t(void){n};\n' for n, s in (('in', self.in_struct), ('out', self.out_struct)) if not s)
        return (f'static const struct err *\n{self.id}_door(struct req *rq, const void *in, void *out)\n{{\n{unused}'
                f'\treturn {self.id}({", ".join(args)});\n}}\n')

    def row(self):
        ref = [f'&{s.c}_type' if s else 'NULL' for s in (self.in_struct, self.out_struct)]
        return (f'\t{{ HTTP_{self.method.upper()}, {c_text(self.path)}, {self.id}_door, {" | ".join(self.who)}, '
                f'UINT64_C({self.permissions:#x}),\n\t  TX_{self.tx.upper()}, '
                f'{"IDEM_KEY" if self.idempotent else "IDEM_NONE"}, {self.status}, {ref[0]}, {ref[1]}, {c_text(self.id)} }},')

    def gateway_row(self):
        names = f'{self.id}_upstreams' if self.upstream_by else 'NULL'
        by = c_text(self.upstream_by) if self.upstream_by else 'NULL'
        return (f'\t{{ HTTP_{self.method.upper()}, {c_text(self.path)}, {c_text(self.upstream)}, {c_text(self.id)}, '
                f'{" | ".join(self.who)}, UINT64_C({self.permissions:#x}), {c_text(self.limit)},\n'
                f'\t  {by}, {names}, {self.long_poll_s}, {"true" if self.keyed else "false"} }},')


def one_owner(operations, golden):
    """The tables of all services meet in one library, so a struct's name may stand in one contract only."""
    owner = {}
    for service, names in [(o.service, o.structs.by_name) for o in operations] + [(g[0], [g[1]]) for g in golden]:
        for name in names:
            if owner.setdefault(name, service) != service:
                raise ContractError(f'struct {name} is made by {owner[name]} and by {service}; rename one')


def http_service(doc, service, permissions, out):
    structs, operations = Structs(), []
    for path, item in doc.root['paths'].items():
        shared = item.get('parameters', [])
        for method in METHODS:
            if method in item:
                operations.append(Operation(doc, service, path, method, item[method], structs, permissions, shared))
    ids = [o.id for o in operations]
    if len(ids) != len(set(ids)):
        raise ContractError(f'{doc.path}: an operationId stands twice')
    guard = f'GEN_{service.upper()}_H'
    header = [NOTE, f'#ifndef {guard}', f'#define {guard}', '#include "common/core/msg.h"', '#include "common/core/req.h"',
              '#include "common/http/http.h"', '']
    header += [emit_struct(s) + f'\nextern const struct msg_type {s.c}_type;\n' for s in structs.by_name.values()]
    header += ['/* The steps: one file each, services/%s/… */' % service] + [o.prototype() for o in operations]
    header += ['', f'extern const struct http_route {service}_routes[];',
               f'enum {{ {service.upper()}_ROUTES = {len(operations)} }};', '#endif', '']
    head = [NOTE, f'#include "gen/proto/{service}/{service}.gen.h"', '']
    types = head + [emit_type(s) for s in structs.by_name.values()]
    write_if_changed(out / service / f'{service}_types.gen.c', '\n'.join(types))
    code = head + [o.door() for o in operations]
    code += [f'const struct http_route {service}_routes[{service.upper()}_ROUTES] = {{'] + [o.row() for o in operations]
    code += ['};', '']
    write_if_changed(out / service / f'{service}.gen.h', '\n'.join(header))
    write_if_changed(out / service / f'{service}.gen.c', '\n'.join(code))
    return operations


def event_service(doc, service, out, golden):
    structs = Structs(prefix=f'{service}_', is_open=True)
    events = []
    for node in doc.root['components']['messages'].values():
        if node.get('contentType') == 'application/json':
            continue        # said over a socket: described for the front end, never packed
        name, version = node['name'], node['x-version']
        if node['x-audience'] not in ('public', 'internal'):
            raise ContractError(f'{doc.path}: {name}: x-audience is public or internal')
        c = f'{snake(name)}_v{version}'
        pdoc, schema, _ = doc.follow(node['payload'])
        structs.prefix = f'{service}_'
        struct = structs.make(pdoc, schema, c, f'{doc.path}#{c}')
        # One that several services publish is an event of each: billing_audit_recorded_v1_event.
        publishers = {f'{p}_{c}': p for p in node['x-publishers']} if 'x-publishers' in node else {c: service}
        events += [(e, name, version, node['x-audience'], struct, p) for e, p in publishers.items()]
        golden.append((service, next(iter(publishers)), name, version, struct, node))
    guard = f'GEN_{service.upper()}_EVENTS_H'
    header = [NOTE, f'#ifndef {guard}', f'#define {guard}', '#include "common/core/msg.h"', '']
    header += [emit_struct(s) + f'\nextern const struct msg_type {s.c}_type;\n' for s in structs.by_name.values()]
    header += [f'extern const struct event_type {c}_event;' for c, *_ in events]
    header += [f'extern const struct event_type *const {service}_events[];', f'extern const size_t {service}_n_events;',
               '#endif', '']
    code = [NOTE, f'#include "gen/proto/{service}/{service}_events.gen.h"', '']
    code += [emit_type(s) for s in structs.by_name.values()]
    code += [f'const struct event_type {c}_event = {{ {c_text(name)}, {version}, {c_text(publisher)}, '
             f'{"true" if audience == "public" else "false"}, &{struct.c}_type }};'
             for c, name, version, audience, struct, publisher in events]
    code += ['', f'const struct event_type *const {service}_events[] = {{']
    code += [f'\t&{c}_event,' for c, *_ in events] + ['};', f'const size_t {service}_n_events = COUNT_OF({service}_events);', '']
    write_if_changed(out / service / f'{service}_events.gen.h', '\n'.join(header))
    write_if_changed(out / service / f'{service}_events.gen.c', '\n'.join(code))


def gateway_routes(operations, out):
    header = [NOTE, '#ifndef GEN_PUBLIC_ROUTES_H', '#define GEN_PUBLIC_ROUTES_H', '#include "common/http/http.h"', '',
              '/* What the gateway knows of a public call: where it goes, who may, which limit counts it. */',
              'struct gateway_route {', '\tenum http_method method;', '\tconst char *path, *service, *name;',
              '\tunsigned who;', '\tuint64_t permissions;', '\tconst char *limit;',
              '\t/* The query parameter that names another service, and those it may name; NULL for most. */',
              '\tconst char *upstream_by;', '\tconst char *const *upstreams;',
              '\tint long_poll_s;      /* its answer may take so long, and it is asked once; 0 for most */',
              '\tbool keyed;           /* the service itself reads Authorization */', '};',
              'extern const struct gateway_route public_routes[];', 'extern const size_t n_public_routes;', '#endif', '']
    code = [NOTE, '#include "gen/proto/public_routes.gen.h"', '']
    code += [f'static const char *const {o.id}_upstreams[] = {{ {", ".join(map(c_text, o.upstream_names))}, NULL }};'
             for o in operations if o.upstream_by]
    code += ['const struct gateway_route public_routes[] = {']
    code += [o.gateway_row() for o in operations if not o.path.startswith('/internal/')]
    code += ['};', 'const size_t n_public_routes = COUNT_OF(public_routes);', '']
    write_if_changed(out / 'public_routes.gen.h', '\n'.join(header))
    write_if_changed(out / 'public_routes.gen.c', '\n'.join(code))


def public_events(events, out):
    public = [(service, c) for service, c, _, _, _, node in events if node['x-audience'] == 'public']
    header = [NOTE, '#ifndef GEN_PUBLIC_EVENTS_H', '#define GEN_PUBLIC_EVENTS_H']
    header += [f'#include "gen/proto/{s}/{s}_events.gen.h"' for s in sorted({s for s, _ in public})]
    header += ['', '/* X(payment_settled_v1) of each event that may leave the suite. */',
               '#define PUBLIC_EVENTS(X) ' + ' '.join(f'X({c})' for _, c in public), '#endif', '']
    write_if_changed(out / 'public_events.gen.h', '\n'.join(header))


def contract_types(operations, events, out):
    """What the fuzzers read: the body of each call and the payload of each event, by name only, so that no
    header is needed in which two services' structs could meet."""
    names = sorted({o.in_struct.c for o in operations if o.in_struct} | {struct.c for *_, struct, _ in events})
    header = [NOTE, '#ifndef GEN_CONTRACT_TYPES_H', '#define GEN_CONTRACT_TYPES_H', '#include "common/core/msg.h"', '',
              '/* All that comes in from outside by the contracts: inputs of calls, payloads of events. */',
              'extern const struct msg_type *const contract_types[];', 'extern const size_t n_contract_types;', '#endif', '']
    code = [NOTE, '#include "gen/proto/contract_types.gen.h"', '']
    code += [f'extern const struct msg_type {n}_type;' for n in names]
    code += ['', 'const struct msg_type *const contract_types[] = {'] + [f'\t&{n}_type,' for n in names]
    code += ['};', 'const size_t n_contract_types = COUNT_OF(contract_types);', '']
    write_if_changed(out / 'contract_types.gen.h', '\n'.join(header))
    write_if_changed(out / 'contract_types.gen.c', '\n'.join(code))


def localize(node):
    """References into neighbour files become references into the merged document."""
    if isinstance(node, dict):
        return {k: ('#' + v.partition('#')[2] if k == '$ref' else localize(v)) for k, v in node.items()}
    return [localize(v) for v in node] if isinstance(node, list) else node


def merge(docs, sections, head, drop_internal):
    merged = dict(head, components={})
    for section in sections:
        merged[section] = {}
    for doc in docs:
        for section in sections:
            for key, value in doc.root.get(section, {}).items():
                if drop_internal and key.startswith('/internal/'):
                    continue
                merged[section][key] = localize(value)
        for kind, parts in doc.root.get('components', {}).items():
            for name, value in parts.items():
                if isinstance(value, dict) and value.get('$ref', '').endswith(f'.yaml#/components/{kind}/{name}'):
                    continue       # borrowed under the same name, and there once all are merged
                there = merged['components'].setdefault(kind, {})
                if name in there and there[name] != localize(value):
                    raise ContractError(f'{doc.path}: components/{kind}/{name} says something else in another contract')
                there[name] = localize(value)
    return merged


def referenced(node, found):
    """Adds what the node points at: (kind, name) of components, security schemes too."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == '$ref' and value.startswith('#/components/'):
                found.add(tuple(value.split('/')[2:4]))
            if key == 'security':
                found.update(('securitySchemes', name) for need in value for name in need)
            referenced(value, found)
    if isinstance(node, list):
        for item in node:
            referenced(item, found)
    return found


def without_unused(merged):
    """The document without components that nothing in it points at (those of /internal/ calls)."""
    components, seen, more = merged['components'], set(), referenced({**merged, 'components': None}, set())
    while more - seen:
        part = (more - seen).pop()
        seen.add(part)
        more |= referenced(components[part[0]][part[1]], set())
    kept = {kind: {n: v for n, v in parts.items() if (kind, n) in seen} for kind, parts in components.items()}
    return {**merged, 'components': {kind: parts for kind, parts in kept.items() if parts}}


def documents(proto, services, out):
    openapi = [Document.at(proto / 'common.yaml')]
    openapi += [Document.at(p) for s in services if (p := proto / s / 'openapi.yaml').exists()]
    head = {'openapi': '3.1.0', 'info': openapi[0].root['info'], 'servers': [{'url': '/'}],
            'tags': [t for d in openapi[1:] for t in d.root.get('tags', [])]}
    merged = without_unused(merge(openapi, ['paths'], head, True))
    write_if_changed(out / 'openapi.json', json.dumps(merged, ensure_ascii=False, separators=(',', ':'), default=str))
    events = [Document.at(p) for s in services if (p := proto / s / 'asyncapi.yaml').exists()]
    head = {'asyncapi': '3.0.0', 'info': {'title': 'Dure events', 'version': openapi[0].root['info']['version'],
                                          'description': 'What the services publish; common/outbox/PROTOCOL.md says how.'},
            'defaultContentType': 'application/msgpack'}
    merged = merge(events, ['channels', 'operations'], head, False)
    write_if_changed(out / 'asyncapi.json', json.dumps(merged, ensure_ascii=False, separators=(',', ':'), default=str))


def main(proto, out):
    proto, out = pathlib.Path(proto), pathlib.Path(out)
    permissions = Permissions(proto / 'permissions.yaml')
    services = sorted(p.name for p in proto.iterdir() if p.is_dir())
    operations, golden = [], []
    for service in services:
        if (path := proto / service / 'openapi.yaml').exists():
            operations += http_service(Document.at(path), service, permissions, out)
        if (path := proto / service / 'asyncapi.yaml').exists():
            event_service(Document.at(path), service, out, golden)
    write_if_changed(out / 'permissions.gen.h', permissions.header())
    gateway_routes(operations, out)
    one_owner(operations, golden)
    contract_types(operations, golden, out)
    public_events(golden, out)
    documents(proto, services, out)
    from catalogue import write_catalogue
    write_catalogue({s: Document.at(proto / s / 'asyncapi.yaml') for s in {g[0] for g in golden}}, golden, out)
    from golden import write_golden
    write_golden(proto, golden, out)


if __name__ == '__main__':
    try:
        main(*sys.argv[1:3])
    except ContractError as error:
        stop(error)
