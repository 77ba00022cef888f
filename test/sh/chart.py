#!/usr/bin/python3
#
# What test/sh/chart.sh asks about a chart: prints figures and names to compare,
# or what is wrong, which is nothing if all is well.
#
#     chart.py xml|figures|names|contrasts SVG
#     chart.py page SVG...            an HTML page that measures where texts are
#     chart.py places DOM             judges what the page measured
#     chart.py picture SVG PNG light|dark
#     chart.py mermaid LIBRARY TEXT   an HTML page that draws a diagram
#     chart.py drawn DOM

import html
import json
import re
import struct
import sys
import xml.dom.minidom
import zlib

OUTCOMES = ['won', 'open', 'paused', 'unsuccessful', 'rejected']


def read(file):
    with open(file, encoding='utf-8') as f:
        return f.read()


def text_of(node):
    return ''.join(n.data if n.nodeType == n.TEXT_NODE else text_of(n) for n in node.childNodes)


def children(node, tag):
    return [n for n in node.childNodes if n.nodeName == tag]


def rows_of(document):
    """The groups' lines, each a <g> with a tooltip, from the top."""
    rows = [g for g in document.getElementsByTagName('g') if children(g, 'title')]
    return sorted(rows, key=lambda g: float(children(g, 'text')[0].getAttribute('y')))


# ---------------------------------------------------------------- as XML

def check_xml(file):
    document = xml.dom.minidom.parse(file)
    root = document.documentElement
    if root.tagName != 'svg' or root.namespaceURI != 'http://www.w3.org/2000/svg':
        print('it is no SVG document')
    if root.getAttribute('role') != 'img' or not root.getAttribute('viewBox').startswith('0 0 900 '):
        print('role or viewBox is missing')
    for tag in ('title', 'desc'):
        if len(children(root, tag)) != 1 or not text_of(children(root, tag)[0]).strip():
            print(f'{tag} is missing')
    known = {'svg', 'title', 'desc', 'style', 'defs', 'pattern', 'circle', 'rect', 'path', 'g', 'text', 'tspan'}
    for node in document.getElementsByTagName('*'):
        if node.tagName not in known:
            print(f'there is an element {node.tagName}')
        for name, value in node.attributes.items():
            if name.startswith('on') or 'href' in name or ('url' in value and not value.startswith('url(#')):
                print(f'{node.tagName} has {name}="{value}"')
    style = text_of(document.getElementsByTagName('style')[0])
    if re.search(r'url|@import|@font-face', style):
        print('the style refers to something outside')
    if re.search('[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]', read(file)):
        print('a character turns the direction of the text')


def figures(file):
    document = xml.dom.minidom.parse(file)
    total = [g for g in document.getElementsByTagName('g') if g.getAttribute('class') == 'strong']
    for row in rows_of(document) + total:
        numbers = [text_of(t) for t in children(row, 'text') if t.getAttribute('class') == 'end']
        print(' '.join(numbers).replace(',', '').replace('%', '').replace('\u2013', '-'))


def names(file):
    for row in rows_of(xml.dom.minidom.parse(file)):
        print(text_of(children(row, 'text')[0]))


# ---------------------------------------------------------------- colours

def rgb(colour):
    digits = colour.lstrip('#')
    digits = ''.join(d * 2 for d in digits) if len(digits) == 3 else digits
    return tuple(int(digits[i:i + 2], 16) for i in (0, 2, 4))


def colours(file, scheme):
    """Colour of each class, in the light or as the dark scheme changes it."""
    style = text_of(xml.dom.minidom.parse(file).getElementsByTagName('style')[0])
    light, dark = style.split('@media (prefers-color-scheme: dark) {')
    found = {}
    for part in (light, dark) if scheme == 'dark' else (light,):
        for selector, body in re.findall(r'^(\.lead-chart[^{]*) {([^}]*)}', part, re.M):
            for one in selector.split(','):
                for name, value in re.findall(r'(fill|color): (#\w+)', body):
                    found[(one.split()[-1].lstrip('.'), name)] = rgb(value)
    flat = {name: value for (name, _), value in found.items()}
    flat['text'] = found[('lead-chart', 'color')]
    return flat


def luminance(colour):
    linear = [c / 255 / 12.92 if c / 255 <= 0.03928 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def check_contrasts(file):
    """As WCAG 2 asks: 4.5 for text, 3 for what is not text."""
    for scheme in ('light', 'dark'):
        of = colours(file, scheme)
        pairs = [('text', 'page', 4.5), ('muted', 'page', 4.5), ('stage', 'page', 3)]
        pairs += [(outcome, 'page', 3) for outcome in OUTCOMES] + [('in', outcome, 4.5) for outcome in OUTCOMES]
        for one, other, enough in pairs:
            if contrast(of[one], of[other]) < enough:
                print(f'{scheme}: {one} on {other} has a contrast of {contrast(of[one], of[other]):.2f}')


# ---------------------------------------------------------------- where texts are

MEASURE = '''
<pre id="measured"></pre>
<script>
const box = (e) => { const b = e.getBBox(); return [b.x, b.y, b.width, b.height]; };
document.getElementById('measured').textContent = JSON.stringify([...document.querySelectorAll('svg')].map((svg) => ({
	frame: svg.getAttribute('viewBox').split(' ').map(Number), title: document.title,
	scripts: svg.querySelectorAll('script, image, a').length,
	texts: [...svg.querySelectorAll('text')].map((t) => ({
		text: t.textContent, box: box(t), kind: t.getAttribute('class'),
		label: t.parentNode.nodeName === 'g' && !t.hasAttribute('class') && t.getAttribute('x') === '24',
		bar: t.classList.contains('in') ? box(t.previousElementSibling) : null })) })));
</script>
'''


def page(files):
    print('<!DOCTYPE html><meta charset="utf-8"><title>charts</title>')
    for file in files:
        print(f'<div style="width: 900px">{read(file)}</div>')
    print(MEASURE)


def check_places(file):
    measured = re.search(r'<pre id="measured">(.*?)</pre>', read(file), re.S)
    charts = json.loads(html.unescape(measured.group(1))) if measured and measured.group(1) else []
    if len(charts) != 6 or sum(len(c['texts']) for c in charts) < 150:
        print('the page measured nothing')
    for chart in charts:
        if chart['scripts'] or chart['title'] != 'charts':
            print('a name has become markup')
        check_texts(chart['frame'], chart['texts'])


def check_texts(frame, texts):
    for t in texts:
        x, y, width, height = t['box']
        if x < 20 or x + width > 890 or y < 0 or y + height > frame[3]:
            print(f'out of the frame: {t["text"]}')
        if t['label'] and t['text'] and not (0 < width and x + width <= 188):
            print(f'a name reaches into its bar: {t["text"]} {width}')
        if t['bar'] and not (t['bar'][0] <= x and x + width <= t['bar'][0] + t['bar'][2]):
            print(f'wider than its part of the bar: {t["text"]}')
        if t['kind'] == 'end' and x < 602:
            print(f'a number reaches into a bar: {t["text"]}')
    for i, a in enumerate(texts):
        for b in texts[i + 1:]:
            if overlap(a['box'], b['box']):
                print(f'one over the other: {a["text"]} and {b["text"]}')


def overlap(a, b):
    """Whether two texts meet; the boxes of two lines touch a little."""
    return (min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]) > 0
            and min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1]) > 5)


# ---------------------------------------------------------------- the diagram of statuses

def mermaid(library, diagram):
    print(f'<!DOCTYPE html><meta charset="utf-8"><pre class="mermaid">{html.escape(read(diagram))}</pre>')
    print(f'<script src="file://{library}"></script><script>mermaid.initialize({{ startOnLoad: true }});</script>')


def drawn(file):
    """How many states, arrows, and arrows with words a drawn diagram has."""
    dom = read(file)
    labels = re.findall(r'<span class="edgeLabel[^"]*">(.*?)</span>', dom, re.S)
    print(len(re.findall(r'<g class="node[^"]*statediagram-state|<g class="node default"', dom)),
          len(re.findall(r'<path[^>]*class="[^"]*\btransition\b', dom)), sum(1 for text in labels if re.search(r'\w', text)))


# ---------------------------------------------------------------- the picture

def pixels(file):
    """Width and rows of (red, green, blue) of a PNG of 8 bits a channel."""
    with open(file, 'rb') as f:
        data = f.read()
    at, packed = 8, b''
    while at < len(data):
        length, kind = struct.unpack('>I4s', data[at:at + 8])
        if kind == b'IHDR':
            width, height, depth, colour = struct.unpack('>IIBB', data[at + 8:at + 18])
        elif kind == b'IDAT':
            packed += data[at + 8:at + 8 + length]
        at += 12 + length
    size = {2: 3, 6: 4}[colour]
    raw, before, rows = zlib.decompress(packed), bytearray(width * size), []
    for y in range(height):
        start = y * (width * size + 1)
        line = unfiltered(raw[start], bytearray(raw[start + 1:start + 1 + width * size]), before, size)
        rows.append([tuple(line[i:i + 3]) for i in range(0, len(line), size)])
        before = line
    return width, rows


def unfiltered(kind, line, above, size):
    for i in range(len(line)):
        left = line[i - size] if i >= size else 0
        corner = above[i - size] if i >= size else 0
        if kind == 1:
            line[i] = (line[i] + left) & 255
        elif kind == 2:
            line[i] = (line[i] + above[i]) & 255
        elif kind == 3:
            line[i] = (line[i] + (left + above[i]) // 2) & 255
        elif kind == 4:
            near = min((left, above[i], corner), key=lambda c: abs(left + above[i] - corner - c))
            line[i] = (line[i] + near) & 255
    return line


def check_picture(svg, png, scheme):
    width, rows = pixels(png)
    of = colours(svg, scheme)
    count = {}
    for row in rows:
        for p in row:
            count[p] = count.get(p, 0) + 1
    for corner in (rows[0][0], rows[0][-1], rows[-20][0]):
        if corner != of['page']:
            print(f'the page is {corner}, not {of["page"]}')
    area = {}
    for rect in xml.dom.minidom.parse(svg).getElementsByTagName('rect'):
        if rect.getAttribute('class').startswith('bar '):
            name = rect.getAttribute('class').split()[1]
            area[name] = area.get(name, 0) + float(rect.getAttribute('width')) * float(rect.getAttribute('height'))
    for name, wanted in area.items():
        # what the pattern leaves of the colour; numbers and edges take some
        least = {'stage': 0.97, 'won': 0.75}.get(name, 0.3)
        share = count.get(of[name], 0) / wanted
        if not least <= share <= 1.03:
            print(f'{name} has {share:.2f} of the pixels it should')
    if count.get(of['text'], 0) < 500:
        print('there is no text')


if __name__ == '__main__':
    what, given = sys.argv[1], sys.argv[2:]
    if what == 'page':
        page(given)
    else:
        {'xml': check_xml, 'figures': figures, 'names': names, 'contrasts': check_contrasts,
         'places': check_places, 'picture': check_picture, 'mermaid': mermaid, 'drawn': drawn}[what](*given)
