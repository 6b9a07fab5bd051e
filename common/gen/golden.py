"""What a published event version is held to. Of each event two files are committed in proto/<service>/golden; when
one no longer fits the contract the build stops, here and in every lint run:

    <event>.v<n>.hex           the msgpack of its example, encoded here a second time and independently
    <event>.v<n>.schema.hex    SHA-256 of all that its schema says but for descriptions, and of its audience

With GOLDEN_WRITE=1 in the environment missing files are written (never changed)."""
import base64
import hashlib
import json
import os
import struct

from schema import ContractError, c_text, write_if_changed


def pack_int(n):
    if 0 <= n < 128:
        return bytes([n])
    if -32 <= n < 0:
        return struct.pack('b', n)
    for limit, code, form in ((1 << 8, 0xcc, '>B'), (1 << 16, 0xcd, '>H'), (1 << 32, 0xce, '>I'), (1 << 64, 0xcf, '>Q')):
        if 0 <= n < limit:
            return bytes([code]) + struct.pack(form, n)
    for limit, code, form in ((1 << 7, 0xd0, '>b'), (1 << 15, 0xd1, '>h'), (1 << 31, 0xd2, '>i'), (1 << 63, 0xd3, '>q')):
        if n >= -limit:
            return bytes([code]) + struct.pack(form, n)
    raise ContractError(f'{n} does not fit into msgpack')


def sized(n, fix, fix_limit, wide):
    if n < fix_limit:
        return bytes([fix | n])
    for limit, code, form in wide:
        if n < limit:
            return bytes([code]) + struct.pack(form, n)
    raise ContractError('too large for msgpack')


def pack_text(value):
    raw = value.encode()
    return sized(len(raw), 0xa0, 32, ((1 << 8, 0xd9, '>B'), (1 << 16, 0xda, '>H'), (1 << 32, 0xdb, '>I'))) + raw


def pack_bytes(value):
    raw = base64.urlsafe_b64decode(value + '=' * (-len(value) % 4))
    return sized(len(raw), 0, 0, ((1 << 8, 0xc4, '>B'), (1 << 16, 0xc5, '>H'), (1 << 32, 0xc6, '>I'))) + raw


def pack_value(field, value):
    if value is None:
        return b'\xc0'
    if field.kind == 'object':
        return pack_struct(field.struct, value)
    if field.kind == 'bool':
        return b'\xc3' if value else b'\xc2'
    if field.kind in ('i32', 'i64'):
        return pack_int(value)
    if field.kind == 'json':
        return pack_text(json.dumps(value, ensure_ascii=False, separators=(',', ':')))
    return pack_bytes(value) if field.kind == 'bytes' else pack_text(value)


def pack_struct(struct_, value):
    unknown = set(value) - {f.wire for f in struct_.fields}
    if unknown:
        raise ContractError(f'{struct_.c}: the example has unknown fields {sorted(unknown)}')
    present = [f for f in struct_.fields if f.wire in value]
    missing = [f.wire for f in struct_.fields if f.required and f.wire not in value]
    if missing:
        raise ContractError(f'{struct_.c}: the example lacks {missing}')
    out = sized(len(present), 0x80, 16, ((1 << 16, 0xde, '>H'), (1 << 32, 0xdf, '>I')))
    for f in present:
        out += pack_text(f.wire)
        if f.is_list:
            items = value[f.wire]
            out += sized(len(items), 0x90, 16, ((1 << 16, 0xdc, '>H'), (1 << 32, 0xdd, '>I')))
            out += b''.join(pack_value(f, item) for item in items)
        else:
            out += pack_value(f, value[f.wire])
    return out


def shape(struct_):
    """Fields with everything that a reader or writer of them goes by."""
    def field(f):
        values = sorted(f.values) if f.values else None
        return [f.wire, f.kind, f.format, f.required, f.nullable, f.is_list, f.min, f.max, f.multiple, f.min_items,
                f.max_items, values, shape(f.struct) if f.struct else None]
    return [field(f) for f in struct_.fields]


def held(path, value, version):
    """The committed value, written when it is to be; a published version never has another one."""
    if not path.exists():
        if not os.environ.get('GOLDEN_WRITE'):
            raise ContractError(f'{path} is missing: run make golden')
        path.parent.mkdir(exist_ok=True)
        path.write_text(value + '\n')
    elif path.read_text().strip() != value:
        raise ContractError(f'{path}: a published version never changes; make v{version + 1} beside it')
    return path


def write_golden(proto, events, out):
    rows, kept = [], set()
    for service, c, name, version, struct_, node in events:
        if not node.get('examples'):
            raise ContractError(f'{service}: {name} has no example')
        example = node['examples'][0]['payload']
        bytes_ = pack_struct(struct_, example).hex()
        folder = proto / service / 'golden'
        kept.add(held(folder / f'{name}.v{version}.hex', bytes_, version))
        schema = json.dumps([node['x-audience'], shape(struct_)], separators=(',', ':'))
        kept.add(held(folder / f'{name}.v{version}.schema.hex', hashlib.sha256(schema.encode()).hexdigest(), version))
        text = json.dumps(example, ensure_ascii=False, separators=(',', ':'))
        rows.append(f'\t{{ &{c}_event, {c_text(text)},\n\t  "{bytes_}" }},')
    for path in proto.glob('*/golden/*.hex'):
        if path not in kept:
            raise ContractError(f'{path}: a published event does not go away; no message makes these bytes any more')
    header = ['/* Made by common/gen from proto/; do not edit. */', '#ifndef GEN_GOLDEN_H', '#define GEN_GOLDEN_H',
              '#include "common/core/msg.h"', '',
              '/* Every event of the contracts: its example as JSON and the committed msgpack bytes in hex. */',
              'struct golden { const struct event_type *event; const char *json, *hex; };',
              'extern const struct golden goldens[];', 'extern const size_t n_goldens;', '#endif', '']
    services = sorted({e[0] for e in events})
    code = ['/* Made by common/gen from proto/; do not edit. */', '#include "gen/proto/golden.gen.h"']
    code += [f'#include "gen/proto/{s}/{s}_events.gen.h"' for s in services]
    code += ['', 'const struct golden goldens[] = {'] + rows + ['};', 'const size_t n_goldens = COUNT_OF(goldens);', '']
    write_if_changed(out / 'golden.gen.h', '\n'.join(header))
    write_if_changed(out / 'golden.gen.c', '\n'.join(code))
