# SPDX-License-Identifier: MIT
"""Checks a report of track-eval.

check HTML TSV SECTION...   markup, addresses, words and sections; the tables against the TSV
probe HTML                  the page with a script that measures it, for a browser
"""
import csv
import re
import sys
from html.parser import HTMLParser

VOID = {'meta', 'link', 'br', 'img', 'hr', 'input'}
PROBE = """<pre id="probe"></pre><script>
for (const d of document.querySelectorAll('details')) d.open = true;
const lines = ['PROBE'], say = (name, value) => lines.push(name + ' ' + value);
say('width', document.documentElement.scrollWidth);
const inside = e => { for (; e; e = e.parentElement)
    if (e.classList.contains('scroll')) return e; return null; };
const beyond = [...document.querySelectorAll('main *')].filter(e => !inside(e) &&
    e.getBoundingClientRect().right > document.documentElement.clientWidth + 1);
say('past-the-edge', beyond.length);
if (beyond.length) say('first-past', beyond[0].outerHTML.slice(0, 200));
for (const s of document.querySelectorAll('section'))
    say('section-' + s.id, Math.round(s.getBoundingClientRect().height));
const figures = [...document.querySelectorAll('svg[role=img]')];
say('figures', figures.length);
say('empty', figures.filter(f => f.getBoundingClientRect().height < 5 ||
    !f.querySelector('path,rect,circle')).length);
let overlaps = 0;
for (const f of document.querySelectorAll('svg')) {
    const boxes = [...f.querySelectorAll('text')].map(t => [t.getBoundingClientRect(), t]);
    for (let i = 0; i < boxes.length; i++)
        for (let j = 0; j < i; j++) {
            const a = boxes[i][0], b = boxes[j][0];
            const w = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (w > 1 && h > 3.5 && overlaps++ < 3)
                say('overlap', boxes[i][1].textContent + ' | ' + boxes[j][1].textContent);
        }
}
say('overlaps', overlaps);
lines.push('END');
document.getElementById('probe').textContent = '\\n' + lines.join('\\n') + '\\n';
</script>"""


class Page(HTMLParser):
    """Collects text, ids and addresses, and the cells of the measures' tables."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.words = [], [], [], []
        self.measure, self.rows, self.tables, self.cell = None, None, {}, None
        self.titles, self.figures, self.headings = 0, 0, []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if 'id' in attrs:
            self.ids.append(attrs['id'])
        for name in ('href', 'src', 'xlink:href', 'action', 'data'):
            if name in attrs:
                self.links.append(attrs[name])
        for value in attrs.values():
            self.words.append(value or '')
        if tag not in VOID:
            self.open.append((tag, self.getpos()))
        if tag == 'details':
            name = attrs.get('id', '')
            self.measure = name[8:] if name.startswith('measure-') else None
        if tag == 'tr' and self.measure:
            self.rows = [attrs.get('class', '')]
        if tag in ('td', 'th') and self.rows is not None:
            self.cell = ''
        if tag == 'svg' and attrs.get('role') == 'img':
            self.figures += 1
            assert attrs.get('aria-label'), f'a figure without a name at {self.getpos()}'

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1][0] == tag, \
            f'</{tag}> at {self.getpos()} closes {self.open[-1:]}'
        self.open.pop()
        if tag in ('td', 'th') and self.cell is not None:
            self.rows.append(self.cell.strip())
            self.cell = None
        if tag == 'tr' and self.rows is not None:
            self.tables.setdefault(self.measure, []).append(self.rows)
            self.rows = None
        if tag == 'details':
            self.measure = None

    def handle_data(self, data):
        inside = [t for t, _ in self.open]
        if 'style' in inside or 'script' in inside:
            assert 'url(' not in data and '@import' not in data, 'the style loads something'
            return
        self.words.append(data)
        # Text of pictures and their tips is no part of a cell.
        if self.cell is not None and 'svg' not in inside:
            self.cell += data


def number(text):
    if text == '\u2013':
        return None
    return float(text.replace('\u2212', '-'))


def close(text, value):
    """Whether the text is the value of the TSV, rounded to its decimals."""
    if value == 'NA' or text == '\u2013':
        return value == 'NA' and text == '\u2013'
    decimals = len(text.split('.')[1]) if '.' in text else 0
    return abs(number(text) - float(value)) <= 0.500001 * 10 ** -decimals


def scores(path):
    """(level, celltype, assay, seen, method) -> row, of the genome and all bins."""
    with open(path, newline='', encoding='utf-8') as f:
        rows = list(csv.DictReader(f, delimiter='\t', quoting=csv.QUOTE_NONE))
    return {(r['level'], r['celltype'], r['assay'], r['seen'], r['method']): r for r in rows
            if r['scope'] == 'genome' and r['bins'] == 'all'}


def check_table(measure, rows, want):
    """Every row of a measure's table; returns how many numbers were compared."""
    methods, n, assay = rows[0][2:], 0, None
    methods = [m for m in methods if m]
    for kind, head, *cells in rows[1:]:
        if kind == 'group':
            assay = head
            continue
        seen = 'yes' if 'seen' in kind.split() else 'no'
        head = head.replace('\u2020', '').strip()
        level, celltype = 'track', head
        if 'avg' in kind.split():
            level = 'overall' if assay == 'All assays' else 'assay'
            level += '-paired' if 'in all methods' in head else ''
            celltype = '.'
        of = '.' if assay == 'All assays' else assay
        best = None
        for method, text in zip(methods, cells):
            row = want[level, celltype, of, seen, method]
            assert close(text, row[measure]), \
                f'{measure} {level} {celltype} {of} {method}: {text}, TSV {row[measure]}'
            n += text != '\u2013'
    return n


def check(html, tsv, sections):
    text = open(html, encoding='utf-8').read()
    page = Page()
    page.feed(text)
    page.close()
    assert not page.open, f'not closed: {page.open[-1]}'
    assert len(page.ids) == len(set(page.ids)), 'an id is given twice'
    for link in page.links:
        assert link.startswith('#') and link[1:] in page.ids, f'an address outside: {link}'
    assert not re.search(r'https?:|//[a-z]', text), 'an address outside'
    for words in page.words:
        bad = re.search(r'(?<![\w-])-?(nan|inf(inity)?)(?![\w-])', words, re.I)
        assert not bad, f'not a number: {words}'
    found = [i for i in page.ids if f'<section id="{i}"' in text]
    assert found == sections, f'sections {found} (want {sections})'
    want = scores(tsv)
    defined = {m for m in list(next(iter(want.values())))[11:]
               if any(r[m] != 'NA' for r in want.values())}
    assert set(page.tables) == defined, f'{set(page.tables) ^ defined}: tables'
    n = sum(check_table(m, rows, want) for m, rows in page.tables.items())
    n_want = sum(r[m] != 'NA' for (level, _, assay, _, _), r in want.items() for m in defined
                 if not (level.startswith('assay') and r['n_tracks'] == '1'))
    assert n == n_want, f'{n} numbers in the tables (want {n_want})'
    print(f'{html}: {page.figures} figures, {n} numbers')


if __name__ == '__main__':
    if sys.argv[1] == 'check':
        check(sys.argv[2], sys.argv[3], sys.argv[4:])
    else:
        print(open(sys.argv[2], encoding='utf-8').read().replace('</body>', PROBE + '</body>'))
