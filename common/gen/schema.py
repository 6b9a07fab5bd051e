"""Reads the contracts of proto/ and turns their schemas into C struct descriptions.

The subset of JSON Schema that is understood is small on purpose; what is outside it stops the build
with the file and the place."""
import pathlib
import re
import sys

import yaml

KINDS = {
    'bool': ('bool', 'MSG_BOOL'), 'i32': ('int32_t', 'MSG_I32'), 'i64': ('int64_t', 'MSG_I64'),
    'text': ('struct text', 'MSG_TEXT'), 'uuid': ('struct uuid', 'MSG_UUID'), 'time': ('int64_t', 'MSG_TIME'),
    'bytes': ('struct text', 'MSG_BYTES'), 'json': ('struct text', 'MSG_JSON'),
}
FORMATS = {'phone': 'MSG_PHONE', 'email': 'MSG_EMAIL', 'line': 'MSG_LINE', 'token': 'MSG_TOKEN', 'uri': 'MSG_URI'}
I64_MAX = 2 ** 63 - 1
JSON_SAFE = 2 ** 53 - 1


class ContractError(Exception):
    pass


def snake(name):
    return re.sub(r'(?<=[a-z0-9])([A-Z])', r'_\1', name).replace('-', '_').replace('.', '_').lower()


class Document:
    """One YAML file; follows $ref inside it and into its neighbours."""
    cache = {}

    def __init__(self, path):
        self.path = pathlib.Path(path)
        try:
            self.root = yaml.safe_load(self.path.read_text())
        except yaml.YAMLError as error:
            raise ContractError(f'{self.path}: {error}') from error

    @classmethod
    def at(cls, path):
        path = pathlib.Path(path).resolve()
        if path not in cls.cache:
            cls.cache[path] = cls(path)
        return cls.cache[path]

    def follow(self, node):
        """Returns (document, node, name of the component or None)."""
        name, doc = None, self
        while isinstance(node, dict) and '$ref' in node:
            file, _, pointer = node['$ref'].partition('#')
            doc = Document.at(doc.path.parent / file) if file else doc
            node = doc.root
            for step in pointer.strip('/').split('/'):
                if step not in node:
                    raise ContractError(f'{doc.path}: no {pointer}')
                node = node[step]
                name = step
        return doc, node, name


class Field:
    def __init__(self, wire, where='BODY'):
        self.wire, self.c, self.where = wire, snake(wire), where
        self.kind, self.format, self.struct = None, 'MSG_ANY', None
        self.required = self.nullable = self.is_list = self.secret = False
        self.min, self.max, self.multiple = 0, 0, 0
        self.min_items, self.max_items = 0, 0
        self.values = None

    def marked(self):
        return not self.is_list and (self.nullable or not self.required)

    def c_type(self):
        return f'struct {self.struct.c}' if self.kind == 'object' else KINDS[self.kind][0]


class Struct:
    def __init__(self, c, fields=None, is_open=False):
        self.c, self.fields, self.open = c, fields or [], is_open


class Structs:
    """All structs of one generated header, inner ones first."""

    def __init__(self, prefix='', is_open=False, bounded=True):
        self.by_name, self.prefix, self.open, self.bounded = {}, prefix, is_open, bounded

    def add(self, struct, where):
        if struct.c in self.by_name and self.by_name[struct.c].origin != where:
            raise ContractError(f'{where}: struct {struct.c} is made twice')
        struct.origin = where
        self.by_name[struct.c] = struct
        return struct

    def component(self, doc, node):
        """The struct of an object schema that is a component ($ref), made once."""
        doc, schema, name = doc.follow(node)
        c = self.prefix + snake(name)
        origin = f'{doc.path}#{name}'
        if c in self.by_name:
            if self.by_name[c].origin != origin:
                raise ContractError(f'{origin}: struct {c} is made twice')
            return self.by_name[c]
        return self.make(doc, schema, c, origin)

    def make(self, doc, schema, c, origin):
        struct = Struct(c, self.properties(doc, schema, c, origin), self.open)
        return self.add(struct, origin)

    def properties(self, doc, schema, owner, origin):
        if schema.get('type') != 'object':
            raise ContractError(f'{origin}: an object is needed here')
        if not self.open and schema.get('additionalProperties') is not False:
            raise ContractError(f'{origin}: say additionalProperties: false')
        required = set(schema.get('required', []))
        unknown = required - set(schema.get('properties', {}))
        if unknown:
            raise ContractError(f'{origin}: required but not there: {sorted(unknown)}')
        return [self.field(doc, wire, node, wire in required, owner, origin)
                for wire, node in schema.get('properties', {}).items()]

    def field(self, doc, wire, node, required, owner, origin, where='BODY'):
        field = Field(wire, where)
        field.required = required
        here = f'{origin}/{wire}'
        fdoc, schema, _ = doc.follow(node)
        if schema.get('type') == 'array':
            field.is_list = True
            field.min_items, field.max_items = schema.get('minItems', 0), schema.get('maxItems', 0)
            if not field.max_items:
                if self.bounded:
                    raise ContractError(f'{here}: maxItems is missing')
                field.max_items = 100000
            node = schema['items']
            fdoc, schema, _ = fdoc.follow(node)
        self.scalar(field, fdoc, node, schema, owner, here)
        return field

    def scalar(self, field, doc, node, schema, owner, here):
        kind = schema.get('type')
        if isinstance(kind, list):
            field.nullable = 'null' in kind
            kind = [k for k in kind if k != 'null'][0]
        if 'oneOf' in schema:      # oneOf: [{$ref}, {type: 'null'}] is a nullable object
            node = [n for n in schema['oneOf'] if n.get('type') != 'null'][0]
            doc, schema, _ = doc.follow(node)
            field.nullable, kind = True, schema.get('type')
        field.secret = bool(schema.get('writeOnly') or schema.get('x-secret'))
        if kind == 'object':
            self.object(field, doc, node, schema, owner, here)
        elif kind == 'string':
            self.string(field, schema, here)
        elif kind == 'integer':
            self.integer(field, schema)
        elif kind == 'boolean':
            field.kind = 'bool'
        else:
            raise ContractError(f'{here}: type {kind!r} is not understood')

    def object(self, field, doc, node, schema, owner, here):
        if 'properties' not in schema:
            field.kind, field.max = 'json', schema.get('x-max-bytes', 65536)
            return
        field.kind = 'object'
        if '$ref' in node:
            field.struct = self.component(doc, node) if not node['$ref'].startswith('#') else \
                self.component(doc, node)
        else:
            field.struct = self.make(doc, schema, f'{owner}_{field.c}', here)

    def string(self, field, schema, here):
        form = schema.get('format')
        if form == 'uuid':
            field.kind = 'uuid'
            return
        if form == 'date-time':
            field.kind = 'time'
            return
        field.kind = 'bytes' if form in ('byte', 'base64url') else 'text'
        field.min, field.max = schema.get('minLength', 0), schema.get('maxLength', 0)
        if form in FORMATS:
            field.format = FORMATS[form]
        elif form not in (None, 'byte', 'base64url'):
            raise ContractError(f'{here}: format {form!r} is not understood')
        if 'enum' in schema:
            field.values = [v for v in schema['enum'] if v is not None]
            field.max = max(len(v) for v in field.values)
        elif not field.max:
            if self.bounded:
                raise ContractError(f'{here}: maxLength is missing')
            field.max = 1 << 20

    @staticmethod
    def integer(field, schema):
        field.kind = 'i32' if schema.get('format') == 'int32' else 'i64'
        limit = 2 ** 31 - 1 if field.kind == 'i32' else JSON_SAFE
        field.min, field.max = schema.get('minimum', -limit), schema.get('maximum', limit)
        field.multiple = schema.get('multipleOf', 0)


def c_text(value):
    out = ''
    for byte in value.encode():
        char = chr(byte)
        out += f'\\{byte:03o}' if byte < 32 or byte > 126 or char in '"\\?' else char
    return f'"{out}"'


def emit_struct(struct):
    lines = [f'struct {struct.c} {{']
    for f in struct.fields:
        if f.is_list:
            lines += [f'\t{f.c_type()} *{f.c};', f'\tsize_t n_{f.c};']
        else:
            if f.marked():
                lines.append(f'\tbool has_{f.c};')
            space = '' if f.c_type().endswith('*') else ' '
            lines.append(f'\t{f.c_type()}{space}{f.c};')
    return '\n'.join(lines + ['};'])


def emit_field(struct, f):
    flags = [name for name, on in (('MSG_REQUIRED', f.required), ('MSG_NULLABLE', f.nullable),
             ('MSG_LIST', f.is_list), ('MSG_SECRET', f.secret)) if on]
    mark = 'MSG_NONE'
    if f.is_list:
        mark = f'(uint16_t)offsetof(struct {struct.c}, n_{f.c})'
    elif f.marked():
        mark = f'(uint16_t)offsetof(struct {struct.c}, has_{f.c})'
    kind = 'MSG_OBJECT' if f.kind == 'object' else KINDS[f.kind][1]
    values = f'{struct.c}_{f.c}_values' if f.values else 'NULL'
    obj = f'&{f.struct.c}_type' if f.struct else 'NULL'
    return (f'\t{{ .name = {c_text(f.wire)}, .kind = {kind}, .format = {f.format}, .where = MSG_IN_{f.where},\n'
            f'\t  .flags = {" | ".join(flags) or "0"}, .at = (uint16_t)offsetof(struct {struct.c}, {f.c}), .mark = {mark},\n'
            f'\t  .min = {f.min}, .max = {f.max}, .multiple = {f.multiple}, .min_items = {f.min_items}, '
            f'.max_items = {f.max_items},\n\t  .values = {values}, .object = {obj} }},')


def emit_type(struct):
    out = []
    for f in struct.fields:
        if f.values:
            words = ', '.join(c_text(v) for v in f.values)
            out.append(f'static const char *const {struct.c}_{f.c}_values[] = {{ {words}, NULL }};')
    out.append(f'static const struct msg_field {struct.c}_fields[] = {{')
    out += [emit_field(struct, f) for f in struct.fields]
    out.append('};')
    out.append(f'const struct msg_type {struct.c}_type = {{ {c_text(struct.c)}, sizeof(struct {struct.c}), '
               f'_Alignof(struct {struct.c}),\n\t{struct.c}_fields, COUNT_OF({struct.c}_fields), '
               f'{"true" if struct.open else "false"} }};\n')
    return '\n'.join(out)


def write_if_changed(path, text):
    """Keeps the time stamp of what did not change, so that make rebuilds only what must be."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def stop(error):
    sys.exit(f'gen: {error}')
