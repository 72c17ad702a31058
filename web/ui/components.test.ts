import { globSync, readFileSync } from 'node:fs';
import { parse } from 'svelte/compiler';
import { describe, expect, test } from 'vitest';

interface SyntaxNode {
  readonly type: string;
  readonly name?: string;
}

/** Every node of a component's template, however deep. */
function nodesOf(value: unknown): SyntaxNode[] {
  if (Array.isArray(value)) return value.flatMap(nodesOf);
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(nodesOf);
  return 'type' in value && typeof value.type === 'string' ? [value as SyntaxNode, ...inner] : inner;
}

const refused = (source: string) =>
  nodesOf(parse(source, { modern: true }).fragment)
    .filter(({ type, name }) => type === 'HtmlTag' || (type === 'Attribute' && name === 'style'))
    .map(({ type }) => type);

const components = globSync('web/**/*.svelte');

describe('components', () => {
  test('are found by this test', () => {
    expect(components.length).toBeGreaterThan(15);
  });

  test.each(components)('%s writes neither HTML nor style attributes', (file) => {
    expect(refused(readFileSync(file, 'utf8'))).toEqual([]);
  });

  test('that write HTML or style attributes are refused', () => {
    expect(refused('{#if a}<p>{@html b}</p>{/if}')).toEqual(['HtmlTag']);
    expect(refused('{#each [1] as n (n)}<p style="color: red">{n}</p>{/each}')).toEqual(['Attribute']);
    expect(refused('<p style:color={red}></p>')).toEqual([]);
  });
});
