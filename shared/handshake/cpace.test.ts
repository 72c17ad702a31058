import { expect, test } from 'vitest';
import { utf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { seededRandom } from '../testing/random.ts';
import { finish, generator, scalarMult, start } from './cpace.ts';

const random = seededRandom(7).bytes;
const inputs = { prs: utf8('password'), ci: utf8('A and B'), sid: utf8('this run') };

test('two who know the same password agree', () => {
  const [a, b] = [start(inputs, random), start(inputs, random)];
  expect(finish(inputs.sid, a, b.public, true)).toEqual(finish(inputs.sid, b, a.public, false));
  expect(finish(inputs.sid, a, b.public, true)).toHaveLength(64);
});

test.each(['prs', 'ci', 'sid'] as const)('who differ in %s do not', (field) => {
  const other = { ...inputs, [field]: utf8('else') };
  expect(generator(other)).not.toEqual(generator(inputs));
  const [a, b] = [start(inputs, random), start(other, random)];
  expect(finish(inputs.sid, a, b.public, true)).not.toEqual(finish(other.sid, b, a.public, false));
});

test('who both take the same role do not: a share cannot be sent back to its maker', () => {
  const [a, b] = [start(inputs, random), start(inputs, random)];
  expect(finish(inputs.sid, a, b.public, true)).not.toEqual(finish(inputs.sid, b, a.public, true));
});

test('lengths are part of what is hashed', () => {
  expect(generator({ ...inputs, ci: utf8('ab'), sid: utf8('c') })).not.toEqual(generator({ ...inputs, ci: utf8('a'), sid: utf8('bc') }));
});

test('the same draw gives the same share, another draw another', () => {
  const draw = new Uint8Array(64).fill(3);
  expect(start(inputs, () => draw.slice())).toEqual(start(inputs, () => draw.slice()));
  expect(start(inputs, random).public).not.toEqual(start(inputs, random).public);
});

test.each([
  ['the neutral element', new Uint8Array(32)],
  ['no canonical field element', new Uint8Array(32).fill(255)],
  ['a negative field element', Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0))],
  ['too short', new Uint8Array(31)],
])('a share that is %s aborts', (_, share) => {
  const mine = start(inputs, random);
  expect(() => finish(inputs.sid, mine, share, true)).toThrow(ProtocolError);
  expect(() => scalarMult(mine.secret, share)).toThrow('weak-key');
});
