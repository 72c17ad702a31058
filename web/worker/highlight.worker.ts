/** Colours code off the page's own thread: one question in, stretches of text with the kind of word they are out. */
import { common, createLowlight } from 'lowlight';

export interface CodeQuestion {
  readonly language: string;
  readonly text: string;
}

/** What a stretch of code is; '' for nothing in particular. */
export type CodeKind = '' | 'word' | 'string' | 'comment' | 'number' | 'name' | 'added' | 'removed';

export type CodeStretch = readonly [kind: CodeKind, text: string];

/** Scopes of highlight.js, gathered into the few kinds that are told apart by colour. */
const kinds: Readonly<Record<string, CodeKind>> = {
  keyword: 'word',
  literal: 'word',
  built_in: 'word',
  type: 'word',
  tag: 'word',
  'selector-tag': 'word',
  operator: '',
  string: 'string',
  regexp: 'string',
  'meta-string': 'string',
  char: 'string',
  comment: 'comment',
  quote: 'comment',
  doctag: 'comment',
  meta: 'comment',
  number: 'number',
  symbol: 'number',
  title: 'name',
  section: 'name',
  name: 'name',
  attr: 'name',
  attribute: 'name',
  property: 'name',
  'selector-class': 'name',
  'selector-id': 'name',
  addition: 'added',
  deletion: 'removed',
};

const lowlight = createLowlight(common);

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly properties?: { readonly className?: unknown };
  readonly children?: readonly unknown[];
}

function gather(node: Node, kind: CodeKind, into: [CodeKind, string][]): void {
  if (node.type === 'text') {
    const last = into.at(-1);
    if (last?.[0] === kind) last[1] += node.value ?? '';
    else into.push([kind, node.value ?? '']);
    return;
  }
  const classes = node.properties?.className;
  const scope = Array.isArray(classes) ? String(classes[0]).replace(/^hljs-/, '') : '';
  for (const child of node.children ?? []) gather(child as Node, kinds[scope] ?? kind, into);
}

declare const self: DedicatedWorkerGlobalScope;

self.onmessage = ({ data }: MessageEvent<CodeQuestion>) => {
  const stretches: [CodeKind, string][] = [];
  if (lowlight.registered(data.language)) gather(lowlight.highlight(data.language, data.text) as Node, '', stretches);
  self.postMessage(stretches satisfies CodeStretch[]);
};
