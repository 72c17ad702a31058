import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { isOnionName, onionName } from './onion-name.ts';

/** The Tor Project's own site and DuckDuckGo's, as they publish them. */
const known = [
  '2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion',
  'duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion',
];

test('takes published names, and names it spells itself', () => {
  for (const name of known) expect(isOnionName(name)).toBe(true);
  for (let i = 0; i < 50; i++) expect(isOnionName(onionName(randomBytes(32)))).toBe(true);
});

test('refuses a name with any one letter changed', () => {
  const name = known[0]!;
  for (let i = 0; i < 56; i++) {
    const letter = name[i] === 'a' ? 'b' : 'a';
    expect(isOnionName(name.slice(0, i) + letter + name.slice(i + 1))).toBe(false);
  }
});

test('refuses everything that is not exactly a name', () => {
  const name = known[0]!;
  const others = [
    name.toUpperCase(),
    `www.${name}`,
    `${name}.`,
    `${name}:80`,
    `${name}\n`,
    ` ${name}`,
    name.replace('.onion', ''),
    name.replace('.onion', '.com'),
    'expyuzz4wqqyqhjn.onion',
    '127.0.0.1',
    'localhost',
    '169.254.169.254',
    '[::1]',
    '',
    `${'a'.repeat(56)}.onion`,
  ];
  for (const other of others) expect(isOnionName(other)).toBe(false);
});
