import { expect, test } from 'vitest';
import { base64url } from '../../shared/bytes.ts';
import { askRelay, factsIn, noFacts } from './relay-facts.ts';

const onion = `http://${'a'.repeat(55)}d.onion`;
const key = new Uint8Array(32).fill(9);
const said = { origin: 'https://room.example', onion, relayKey: base64url(key), gateway: true, fellows: ['https://second.example'] };

test('what the relay says of itself is taken as it is', async () => {
  const facts = { ...said, relayKey: key };
  expect(await askRelay(async () => Response.json(said))).toEqual(facts);
  expect(factsIn({ ...said, onion: null, relayKey: null })).toEqual({ ...facts, onion: null, relayKey: null });
});

test('what is malformed counts as not said', () => {
  const wrong = { origin: 'room.example', onion: `${onion}/`, relayKey: base64url(key.subarray(1)), gateway: 'yes', fellows: ['x', 7] };
  expect(factsIn(wrong)).toEqual(noFacts);
  expect(factsIn({ ...said, fellows: {} }).fellows).toEqual([]);
});

test('a relay that does not answer, or not with this, is not known', async () => {
  expect(await askRelay(async () => Promise.reject(new TypeError('offline')))).toBeNull();
  expect(await askRelay(async () => new Response('not found', { status: 404 }))).toBeNull();
  expect(await askRelay(async () => new Response('<html>'))).toBeNull();
  expect(await askRelay(async () => Response.json({ relayKey: '*' }))).toBeNull();
});
