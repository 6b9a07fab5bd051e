"""dure-thumbnail beside the vipsthumbnail command: a process for each picture, to the same size and format."""
import subprocess
import time

import lab
import measure as m

PICTURES = 8
# The command that dure-thumbnail's options amount to: no larger than 400 either way, never enlarged, WebP of quality 80.
VIPS = ['vipsthumbnail', '--size', '400x400>', '-o', '%s-vips.webp[Q=80,strip]']


def side(name, pictures, command):
    def go(seconds):
        del seconds
        took, before = [], lab.ended_cpu_us()
        for picture in pictures:
            begun = time.monotonic()
            command(picture)
            took.append(time.monotonic() - begun)
        cpu = lab.ended_cpu_us() - before
        return len(took), sum(took), m.percentile(took, 0.5) * 1e3, m.percentile(took, 0.99) * 1e3, 0, cpu
    return m.Side(name, go)


def ours(picture):
    with open(picture, 'rb') as source, open(f'{picture}-dure.webp', 'wb') as to:
        subprocess.run([lab.ROOT / 'build/release/bin/dure-thumbnail'], stdin=source, stdout=to, check=True)


def theirs(picture):
    subprocess.run([*VIPS, picture], check=True)


def measure(plan, suite):
    """The pictures are photographs as far as a decoder can tell: 12 megapixels of JPEG with noise."""
    del suite
    first = lab.OUT / 'picture.jpg'
    lab.run(['vips', 'gaussnoise', lab.OUT / 'noise.v', 4000, 3000, '--mean', 128, '--sigma', 40])
    lab.run(['vips', 'gaussblur', lab.OUT / 'noise.v', f'{first}[Q=85]', 2])
    pictures = [first] * plan.size(PICTURES, 2)
    got = m.contest(plan, [side('dure', pictures, ours), side('vips', pictures, theirs)])
    return [m.compare('thumbnail', 'thumbnail of 12 megapixels', 'vipsthumbnail', got['dure'], got['vips'], least=1.0)]
