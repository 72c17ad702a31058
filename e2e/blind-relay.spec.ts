/**
 * What the relay gets to see of five people who talk: every byte of every frame and of every request, searched. The
 * recorder sits in the browser's own network layer, so what it keeps is what went out, whatever the page believes.
 */
import type { Request, WebSocket } from '@playwright/test';
import { unbase64url } from '../shared/bytes.ts';
import { parseInvite } from '../shared/wire/invite.ts';
import { decodeToRelay } from '../shared/wire/relay.ts';
import { expect, type Person, test } from './fixtures.ts';

const buckets = [256, 512, 1024, 2048, 4096, 8192, 16384];

interface Recording {
  readonly frames: Buffer[];
  readonly requests: string[];
}

function record(person: Person, into: Recording): void {
  person.page.on('websocket', (socket: WebSocket) => {
    socket.on('framesent', ({ payload }) => into.frames.push(Buffer.from(payload)));
  });
  person.context.on('request', async (request: Request) => {
    const headers = await request.allHeaders().catch(() => ({}));
    into.requests.push(`${request.method()} ${request.url().split('#')[0]} ${JSON.stringify(headers)} ${request.postData() ?? ''}`);
  });
}

test('five people talk, and the relay finds nothing in what passes through it', async ({ person, startRelay }) => {
  const relay = await startRelay();
  const seen: Recording = { frames: [], requests: [] };
  const names = ['Anneliese', 'Bartholomew', 'Cornelius', 'Desdemona', 'Evangeline'];
  const people: Person[] = [];
  let link = '';
  for (const name of names) {
    const one = await person(name);
    record(one, seen);
    await one.opens(link || relay.url);
    if (link === '') {
      await one.createsRoom({ name, lifetime: '1 hour', password: 'correct horse battery' });
      link = await one.copiesInvite();
    } else {
      await one.joins(name, 'correct horse battery');
    }
    people.push(one);
  }
  for (const one of people) {
    await expect(one.people.getByRole('listitem').filter({ hasText: 'direct' })).toHaveCount(4, { timeout: 40_000 });
  }
  const said = names.map((name, index) => `${name} counts the ${index + 3} lighthouses ${'of the coast '.repeat(index * 60)}`.trim());
  for (const [index, one] of people.entries()) await one.says(said[index]!);
  for (const [index, one] of people.entries()) await one.seesDelivered(said[index]!, 30_000);
  await people[4]!.leaves();
  await expect(people[0]!.person(names[4]!)).toHaveCount(0);

  const { secret } = parseInvite(link).invite;
  const encoded = link.split('#')[1]!;
  const needles: Buffer[] = [
    Buffer.from(secret),
    Buffer.from(encoded),
    Buffer.from(unbase64url(encoded)),
    Buffer.from(encoded.slice(4, 47)),
    ...['lighthouses', 'correct horse', 'candidate', 'fingerprint', 'a=ice', '.local', '10.99.0.1', '127.0.0.1', ...names].map((word) =>
      Buffer.from(word),
    ),
  ];
  expect(seen.frames.length).toBeGreaterThan(60);
  for (const needle of needles) {
    for (const frame of seen.frames) expect(frame.includes(needle), `${needle} in a frame`).toBe(false);
    for (const request of seen.requests) {
      // The host that is dialled is the relay's own and no secret of anybody.
      const words = request.replaceAll('127.0.0.1', '').replaceAll('10.99.0.1', '');
      expect(words.includes(needle.toString('latin1')), `${needle} in ${request}`).toBe(false);
    }
    expect(relay.log.join('\n').includes(needle.toString('latin1'))).toBe(false);
  }

  const sizes = new Set<number>();
  for (const frame of seen.frames) {
    const message = decodeToRelay(frame);
    if (message.type === 'send') sizes.add(message.frame.length);
  }
  expect([...sizes].filter((size) => !buckets.includes(size))).toEqual([]);
  expect(sizes.size).toBeGreaterThan(1);
});
