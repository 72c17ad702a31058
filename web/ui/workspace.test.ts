import { expect, test } from 'vitest';
import type { MessageId, PeerId, RoomView, ShownMessage } from '../session/types.ts';
import { action, mentioned, workspaceOf } from './workspace.svelte.ts';

const ann = { peer: 'a' as PeerId, name: 'Ann' };
const annie = { peer: 'b' as PeerId, name: 'Annie' };

function said(text: string): ShownMessage {
  const id = text as MessageId;
  return { id, key: id, from: 'me', name: 'Me', tag: '00000000', text, at: 0 };
}

function open(messages: readonly ShownMessage[]) {
  const calls: unknown[][] = [];
  const record =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args]);
  const room = { messages, say: record('say'), edit: record('edit') } as unknown as RoomView;
  return { calls, workspace: workspaceOf(room), room };
}

test('/me tells what one does', () => {
  expect(action('/me waves')).toBe('waves');
  expect(action('/me  waves\ntwice')).toBe('waves\ntwice');
  for (const text of ['/me', '/mean', 'say /me x', '/me ']) expect(action(text)).toBeUndefined();
});

test('those are mentioned whose names still stand in the text, in its order, the longest name first', () => {
  expect(mentioned('@Annie and @Ann', [ann, annie])).toEqual(['b', 'a']);
  expect(mentioned('@Annie', [ann, annie])).toEqual(['b']);
  expect(mentioned('Ann, mail me at a@Ann', [ann])).toEqual(['a']);
  expect(mentioned('nobody', [ann])).toEqual([]);
});

test('an answer names what it answers and is over when sent', () => {
  const first = said('first');
  const { workspace, calls } = open([first]);
  workspace.answer(first);
  workspace.draft = 'yes';
  workspace.send();
  workspace.draft = '/me nods';
  workspace.send();
  expect(calls).toEqual([
    ['say', 'yes', { reply: 'first' }],
    ['say', 'nods', { action: true }],
  ]);
  expect(workspace.draft).toBe('');
});

test('a change gives back the draft that stood there before', () => {
  const first = said('frist');
  const { workspace, calls } = open([first]);
  workspace.draft = 'half a thou';
  workspace.change(first);
  expect(workspace.draft).toBe('frist');
  workspace.draft = 'first';
  workspace.send();
  expect(calls).toEqual([['edit', 'frist', 'first', []]]);
  expect(workspace.draft).toBe('half a thou');

  workspace.change(first);
  workspace.drop();
  expect(workspace.draft).toBe('half a thou');
  expect(workspace.intent).toEqual({ name: 'say' });
});

test('a change that changes nothing is not sent', () => {
  const first = said('same');
  const { workspace, calls } = open([first]);
  workspace.change(first);
  workspace.send();
  expect(calls).toEqual([]);
});

test('a room keeps its workspace', () => {
  const { workspace, room } = open([]);
  workspace.draft = 'kept';
  expect(workspaceOf(room).draft).toBe('kept');
});
