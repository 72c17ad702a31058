import { describe, expect, test } from 'vitest';
import { encodeInvite, type Invite } from '../../shared/wire/invite.ts';
import { makeRoom, type RoomLink, readLink, relaysOf, viewLink } from './invite.ts';
import { plainChoices } from './plain-choices.ts';
import type { RoomChoices } from './types.ts';

const page = 'https://room.example';
const now = 60_000_000_000;
const room = (fields: Partial<RoomChoices> = {}): RoomLink =>
  makeRoom({ ...plainChoices, ...fields }, page, now + 30_000, (n) => new Uint8Array(n).fill(7));
const linkOf = (fields: Partial<Invite> = {}): string => `${page}/#${encodeInvite({ ...room().invite, ...fields })}`;

describe('a new room', () => {
  test('lives as long as chosen, to the second', () => {
    const endsAfter = (wallNow: number) => viewLink(makeRoom(plainChoices, page, wallNow, (n) => new Uint8Array(n))).expiresAt! - wallNow;
    expect(endsAfter(now)).toBe(5 * 60_000);
    expect(endsAfter(now + 29_000)).toBe(5 * 60_000);
    expect(endsAfter(now + 400)).toBe(5 * 60_000 - 400);
    expect(viewLink(room({ lifetime: 'until-empty' })).expiresAt).toBeNull();
  });

  test('has a link of this page that reads back as the same room', () => {
    const made = room({ relayOnly: true, password: 'x' });
    const view = viewLink(made);
    expect(view).toMatchObject({ relay: 'room.example', relayOnly: true, needsPassword: true });
    expect(readLink(view.link, 'https://other.example', now)).toEqual(made);
  });
});

describe('what was opened or pasted', () => {
  test('a fragment alone leads to the relay of this page, a whole link to its own', () => {
    const fragment = linkOf().split('#')[1]!;
    expect(relaysOf(readLink(fragment, page, now) as RoomLink)).toEqual([page]);
    expect(relaysOf(readLink(linkOf(), 'https://other.example', now) as RoomLink)).toEqual([page]);
    expect(relaysOf(readLink(linkOf({ relays: ['https://relay.example'] }), page, now) as RoomLink)).toEqual(['https://relay.example']);
  });

  test('words, brackets and a rewritten # around a link do not hide it', () => {
    const wanted = readLink(linkOf(), page, now);
    expect(wanted).toMatchObject({ page });
    for (const text of [`Come in: ${linkOf()}.`, `<${linkOf()}>`, linkOf().replace('#', '%23')])
      expect(readLink(text, 'https://x.example', now)).toEqual(wanted);
  });

  test('each way of being wrong has its own name', () => {
    const link = linkOf();
    const edited = link.replace(/.(.{10})$/, (_, rest) => `${link.at(-11) === 'A' ? 'B' : 'A'}${rest}`);
    expect(readLink(link.slice(0, -5), page, now)).toBe('cut');
    expect(readLink(edited, page, now)).toBe('edited');
    expect(readLink(link, page, now + 3_600_000)).toBe('expired');
    for (const text of ['', 'hello', 'https://room.example/', 'see you at #eight']) expect(readLink(text, page, now)).toBe('not-an-invite');
  });
});
