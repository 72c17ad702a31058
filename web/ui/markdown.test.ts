import { expect, test } from 'vitest';
import { type Block, type Inline, parse } from './markdown.ts';
import { mayHaveMarkup } from './markup.ts';

/** The tree as a person would write it down: `strong(a)`. */
function told(text: string): string {
  const inline = (node: Inline): string => {
    if (node.type === 'text') return node.text;
    if (node.type === 'break') return '/';
    if (node.type === 'code') return `code(${node.text})`;
    if (node.type === 'link') return `link(${node.href}${node.host ? ` at ${node.host}` : ''}: ${node.inner.map(inline).join('')})`;
    return `${node.type}(${node.inner.map(inline).join('')})`;
  };
  const block = (node: Block): string => {
    if (node.type === 'paragraph') return `p(${node.inner.map(inline).join('')})`;
    if (node.type === 'code') return `pre(${node.language}: ${node.text})`;
    if (node.type === 'quote') return `quote(${node.blocks.map(block).join(' ')})`;
    return `${node.start === undefined ? 'list' : `list from ${node.start}`}(${node.items.map((item) => item.map(block).join(' ')).join(', ')})`;
  };
  return parse(text)?.map(block).join(' ') ?? 'as typed';
}

test.each([
  ['**a** and *b* and _c_ and ~~d~~', 'p(strong(a) and em(b) and em(c) and del(d))'],
  ['***both***', 'p(em(strong(both)))'],
  ['`a < b && *c*`', 'p(code(a < b && *c*))'],
  ['one\ntwo', 'p(one/two)'],
  ['> said\n> twice\n\nmine', 'quote(p(said/twice)) p(mine)'],
  ['- a\n- b\n  - c', 'list(p(a), p(b) list(p(c)))'],
  ['3. c\n4. d', 'list from 3(p(c), p(d))'],
  ['```ts\nlet a = 1 < 2;\n```', 'pre(ts: let a = 1 < 2;)'],
  ['```\nno language\n```', 'pre(: no language)'],
  ['a \\*star\\*', 'p(a *star*)'],
])('%j becomes %s', (text, tree) => {
  expect(told(text)).toBe(tree);
});

test.each([
  ['# not a title', 'p(# not a title)'],
  ['a\n===', 'p(a/===)'],
  ['<b>not</b> *bold*', 'p(<b>not</b> em(bold))'],
  ['<img src=x onerror=alert(1)> *x*', 'p(<img src=x onerror=alert(1)> em(x))'],
  ['&lt; *x*', 'p(&lt; em(x))'],
  ['![picture](https://example.org/a.png)', 'p(!link(https://example.org/a.png at example.org: picture))'],
  ['|a|b|\n|-|-|\n|c|d|', 'p(|a|b|/|-|-|/|c|d|)'],
  ['snake_case_name and 2*3*4', 'p(snake_case_name and 2em(3)4)'],
])('what is outside the subset stays text: %j', (text, tree) => {
  expect(told(text)).toBe(tree);
});

test.each([
  ['[click](javascript:alert(1))', 'p([click](javascript:alert(1)))'],
  ['[click](data:text/html,x)', 'p([click](data:text/html,x))'],
  ['[click](//example.org)', 'p([click](//example.org))'],
  ['[bank.com](https://evil.example/x)', 'p(link(https://evil.example/x at evil.example: bank.com))'],
  ['*see* https://example.org/a_b_c*d*.', 'p(em(see) link(https://example.org/a_b_c*d: https://example.org/a_b_c*d)*.)'],
])('links lead where they say: %j', (text, tree) => {
  expect(told(text)).toBe(tree);
});

test.each([
  ['quotes', '>'.repeat(32_000)],
  ['quotes with spaces', `${'> '.repeat(16_000)}x`],
  ['lists', `${'- '.repeat(16_000)}x`],
  ['lists by indentation', Array.from({ length: 250 }, (_, depth) => `${' '.repeat(2 * depth)}- a`).join('\n')],
  ['emphasis', '*a **b '.repeat(4600)],
  ['nested emphasis', `${'*a **b '.repeat(1000)}${'** *'.repeat(1000)}`],
  ['brackets', '['.repeat(32_000)],
  ['links', '[a]('.repeat(8000)],
  ['code', '`a``b'.repeat(6000)],
  ['fences', '```\n'.repeat(8000)],
  ['backslashes', '\\'.repeat(32_000)],
  ['addresses', 'http://a'.repeat(4000)],
  ['tokens', '*a* '.repeat(8000)],
])('a bomb made of %s is shown, as typed or in bounds, and the page goes on', (_, bomb) => {
  const count = (node: unknown): number =>
    typeof node === 'object' && node !== null ? 1 + Object.values(node).reduce((sum: number, inner) => sum + count(inner), 0) : 0;
  expect(count(parse(bomb) ?? [])).toBeLessThan(20_000);
});

test('most messages need no parser', () => {
  for (const plain of ['Hello Bob', 'a - b', '2 * 3', 'snake_case', 'it costs 3.50', 'x < y > z', 'https://example.org/a', 'a\nb'])
    expect(mayHaveMarkup(plain), plain).toBe(false);
  for (const marked of ['*a*', '_a_', '`a`', '~~a~~', '> a', '- a', '1. a', '[a](https://b)', '\\*', 'a\n> b', '__a__'])
    expect(mayHaveMarkup(marked), marked).toBe(true);
});
