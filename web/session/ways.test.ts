/** Which relays a page dials, and where it must not go. */
import { describe, expect, test } from 'vitest';
import { type Invite, plainOptions } from '../../shared/wire/invite.ts';
import { noFacts, type RelayFacts } from '../net/relay-facts.ts';
import { makeRoom, type RoomLink, readLink, viewLink } from './invite.ts';
import { plainChoices } from './plain-choices.ts';
import type { RoomChoices } from './types.ts';
import { isPlain, viewWay, wayTo } from './ways.ts';

const here = 'https://room.example';
const there = 'https://second.example';
const onion = `http://${'a'.repeat(55)}d.onion`;
const otherOnion = `http://${'b'.repeat(55)}d.onion`;
const relayKey = new Uint8Array(32).fill(4);
const both: RelayFacts = { origin: here, onion, relayKey, gateway: true, fellows: [there] };

const linkTo = (page: string, fields: Partial<Invite> = {}): RoomLink => ({
  invite: { ...plainOptions, secret: new Uint8Array(32), expiresAt: 0, ...fields },
  page,
});
const made = (page: string, more: Partial<RoomChoices>, facts: RelayFacts) =>
  makeRoom({ ...plainChoices, ...more }, page, 0, (n) => new Uint8Array(n), facts);

describe('a page of the clearnet', () => {
  test('dials its own relay, and fellows that the invite names, in the order of the invite', () => {
    expect(wayTo(linkTo(here), here, noFacts)).toEqual({ name: 'dial', origins: [here] });
    expect(wayTo(linkTo(here, { relays: [there, here] }), here, both)).toEqual({ name: 'dial', origins: [there, here] });
    expect(wayTo(linkTo(here, { relays: [here, onion, 'https://stranger.example'] }), here, both)).toEqual({
      name: 'dial',
      origins: [here],
    });
  });

  test('dials every relay of the room where its own does not answer, since that may be the one that was lost', () => {
    expect(wayTo(linkTo(here, { relays: [here, there, onion] }), here, null)).toEqual({ name: 'dial', origins: [here, there] });
    expect(wayTo(linkTo(here, { relays: [there] }), here, null)).toEqual({ name: 'visit', page: there });
    expect(wayTo(linkTo(onion, { relayKey }), here, null)).toMatchObject({ name: 'tor-only', why: 'no-gateway' });
  });

  test('dials four relays at most', () => {
    const many = Array.from({ length: 9 }, (_, i) => `https://r${i}.example`);
    expect(wayTo(linkTo(here, { relays: [here, ...many] }), here, { ...both, fellows: many })).toMatchObject({
      origins: [here, ...many.slice(0, 3)],
    });
  });

  test('opens an invite to strangers at their own page', () => {
    expect(wayTo(linkTo(there), here, noFacts)).toEqual({ name: 'visit', page: there });
    expect(wayTo(linkTo(here, { relays: [onion, there] }), here, noFacts)).toEqual({ name: 'visit', page: there });
  });

  test('goes to an onion through the gateway, and only with the key of the home relay', () => {
    const link = linkTo(onion, { relayKey });
    expect(wayTo(link, here, both)).toEqual({ name: 'gateway', origin: onion, relayKey });
    expect(wayTo(link, here, { ...both, gateway: false })).toMatchObject({ name: 'tor-only', why: 'no-gateway' });
    expect(wayTo(linkTo(onion), here, both)).toMatchObject({ name: 'tor-only', why: 'no-key' });
  });

  test('does not enter a room that promises Tor, not even through a gateway, and says where it opens', () => {
    const link = linkTo(here, { relays: [onion], onionOnly: true, relayOnly: true, relayKey });
    const way = wayTo(link, here, both);
    expect(way).toEqual({ name: 'tor-only', page: onion, why: 'promised' });
    expect(viewWay(way, link, here)).toMatchObject({ address: expect.stringContaining(`${onion}/#`), why: 'promised' });
    const clearOnly = linkTo(here, { relays: [here], onionOnly: true, relayOnly: true });
    expect(viewWay(wayTo(clearOnly, here, both), clearOnly, here)).toMatchObject({ name: 'tor-only', address: '' });
  });
});

describe('a page over an onion', () => {
  test('dials onions only', () => {
    const link = linkTo(onion, { relays: [here, onion, otherOnion] });
    expect(wayTo(link, onion, { ...both, fellows: [here, otherOnion] })).toEqual({ name: 'dial', origins: [onion, otherOnion] });
    expect(viewWay({ name: 'dial', origins: [onion] }, link, onion)).toMatchObject({ name: 'tor' });
    expect(wayTo(linkTo(onion, { onionOnly: true, relayOnly: true }), onion, noFacts)).toEqual({ name: 'dial', origins: [onion] });
  });

  test('never dials the clearnet, but opens the page there when asked to join', () => {
    expect(wayTo(linkTo(here), onion, { ...both, fellows: [here] })).toEqual({ name: 'visit', page: here });
    expect(wayTo(linkTo(here, { relays: [here, otherOnion] }), onion, noFacts)).toEqual({ name: 'visit', page: otherOnion });
  });
});

test('only an ordinary invite of this page needs no word from the relay', () => {
  expect(isPlain(linkTo(here), here)).toBe(true);
  expect(isPlain(linkTo(here, { relays: [here, onion] }), here)).toBe(false);
  expect(isPlain(linkTo(onion, { onionOnly: true, relayOnly: true }), onion)).toBe(false);
});

describe('a new room', () => {
  test('of a relay with an onion is reached from both sides, whichever it was made on', () => {
    for (const page of [here, onion]) {
      const link = made(page, {}, both);
      expect(link.invite).toMatchObject({ relays: [here, onion], relayKey });
      const { link: own, otherLink } = viewLink(link);
      expect([own, otherLink].map((each) => new URL(each!).origin).sort()).toEqual([onion, here].sort());
      expect(readLink(own, 'https://elsewhere.example', 0)).toEqual(link);
    }
    expect(made(here, {}, noFacts).invite).toMatchObject({ relays: [], relayKey: null });
    expect(made(onion, {}, { ...both, origin: null }).invite).toMatchObject({ relays: [], relayKey });
  });

  test('stands at the fellows that were chosen, each once', () => {
    expect(made(here, { fellows: [there, here] }, { ...both, onion: null, relayKey: null }).invite.relays).toEqual([here, there]);
  });

  test('for Tor alone names the onion and nothing else, is relay only, and takes nobody through a gateway', () => {
    const { invite } = made(onion, { onionOnly: true }, both);
    expect(invite).toMatchObject({ relays: [onion], onionOnly: true, relayOnly: true, relayKey: null });
  });
});
