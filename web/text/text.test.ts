import { describe, expect, test } from 'vitest';
import type { Delivery, EndReason } from '../../shared/room/types.ts';
import type { InviteFault, MissingFeature, RoomNotice } from '../session/types.ts';
import { ar } from './ar.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { enMore } from './en-more.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import { sasEmoji } from './sas-emoji.ts';

const catalogues = { en: { ...en, ...enMore }, de, es, fr, ar };
const languages = Object.keys(catalogues) as (keyof typeof catalogues)[];

/** Every sentence with its path; functions are called with plain words and numbers. */
function sentences(value: unknown, path = ''): [path: string, sentence: string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') {
    if (path.endsWith('.delivery')) return [];
    return [
      [
        path,
        value.length === 0
          ? value()
          : (value as (...words: unknown[]) => string)(...(value.length === 2 && /missing/.test(path) ? [2, 'Ada'] : ['Ada', 2])),
      ],
    ];
  }
  return Object.entries(value as object).flatMap(([key, inner]) => sentences(inner, path === '' ? key : `${path}.${key}`));
}

const deliveries: readonly Delivery[] = [
  { state: 'sending', why: 'no-path' },
  { state: 'sending', why: 'nobody-here' },
  { state: 'sending', why: 'handing-over' },
  { state: 'sent', to: 0, of: 3 },
  { state: 'sent', to: 1, of: 3 },
  { state: 'delivered', of: 3 },
  { state: 'undelivered', to: 0, of: 3 },
  { state: 'undelivered', to: 1, of: 3 },
];

describe.each(languages)('the words in %s', (language) => {
  const words = catalogues[language];

  test('have the same keys as in English', () => {
    const paths = (catalogue: unknown) => sentences(catalogue).map(([path]) => path);
    expect(paths(words)).toEqual(expect.arrayContaining(paths(catalogues.en)));
    expect(paths(words)).toHaveLength(paths(catalogues.en).length);
  });

  test('are all there, and no placeholder shows through', () => {
    for (const [path, sentence] of sentences(words)) {
      expect(sentence, path).toMatch(/\S/u);
      expect(sentence, path).not.toMatch(/undefined|\[object|NaN|\$\{/u);
    }
  });

  test('tell each end, each bad invite, each warning and each lack apart', () => {
    const ends: Record<EndReason, true> = {
      left: true,
      expired: true,
      full: true,
      refused: true,
      'wrong-password': true,
      replaced: true,
      removed: true,
      closed: true,
      incompatible: true,
    };
    const faults: Record<InviteFault, true> = { cut: true, edited: true, expired: true, 'newer-version': true, 'not-an-invite': true };
    const notices: Record<Exclude<RoomNotice['type'], 'decided'>, true> = {
      joined: true,
      left: true,
      silent: true,
      'roster-differs': true,
      'relay-dropped-frames': true,
      'member-floods': true,
      'member-misbehaves': true,
      'member-equivocates': true,
      'password-refused': true,
    };
    const lacks: Record<MissingFeature, true> = { webrtc: true, 'service-worker': true, storage: true, share: true, clipboard: true };
    const said = { ...words.warnings, ...words.comings } as Record<string, unknown>;
    const distinct = <Key extends string>(keys: Record<Key, true>, say: (key: Key) => string) => {
      const all = (Object.keys(keys) as Key[]).map(say);
      expect(new Set(all).size).toBe(all.length);
    };
    distinct(ends, (key) => words.ended[key].title);
    distinct(ends, (key) => words.ended[key].body);
    distinct(faults, (key) => words.faults[key].title);
    distinct(faults, (key) => words.faults[key].body);
    distinct(notices, (key) => (said[key] as (who: string, more: number) => string)('Ada', 0));
    distinct(lacks, (key) => words.settings.lacks[key]);
  });

  test('tell each state of delivery apart', () => {
    expect(new Set(deliveries.map(words.messages.delivery)).size).toBe(deliveries.length);
  });
});

/** Put together from words that are not English, or the same word by chance. */
const sameInMany = new Set(['you.called', 'home.lifetimes.5']);

/** Sentences that are said in English for want of a translation are the same as in English. */
test.each(languages.filter((language) => language !== 'en'))('no sentence in %s is English', (language) => {
  const english = new Map(sentences(catalogues.en));
  const same = sentences(catalogues[language]).filter(
    ([path, sentence]) => sentence === english.get(path) && / /u.test(sentence) && !sameInMany.has(path),
  );
  expect(same).toEqual([]);
});

test('the accessible names that others rely on stay as they are', () => {
  expect([
    catalogues.en.home.createButton,
    en.preview.join,
    enMore.invite.copy,
    en.composer.send,
    en.room.leave,
    enMore.people.verify,
    enMore.verify.match,
    en.forget,
    en.you.name,
    en.composer.message,
    enMore.password.label,
    en.messages.label,
    enMore.people.label,
    enMore.invite.link,
  ]).toEqual([
    'Create room',
    'Join room',
    'Copy invite link',
    'Send',
    'Leave room',
    'Verify',
    'They match',
    'Forget everything',
    'Your name',
    'Message',
    'Room password',
    'Messages',
    'People',
    'Invite link',
  ]);
  expect([enMore.people.paths.direct, enMore.people.paths.relayed, enMore.people.paths.turn, enMore.people.paths.reconnecting]).toEqual([
    'direct',
    'relayed',
    'TURN',
    'reconnecting',
  ]);
});

describe('the emoji of verification', () => {
  test('are 64, each one coloured glyph, no two the same', () => {
    expect(sasEmoji).toHaveLength(64);
    expect(new Set(sasEmoji.map(({ emoji }) => emoji)).size).toBe(64);
    // One code point that is drawn in colour by itself: nothing joined, nothing that a font may draw as a letter.
    for (const { emoji } of sasEmoji) expect(emoji).toMatch(/^\p{Emoji_Presentation}$/u);
  });

  test.each(languages)('have names that differ, in %s', (language) => {
    expect(new Set(sasEmoji.map((entry) => entry[language].toLowerCase())).size).toBe(64);
  });
});
