import { describe, expect, test } from 'vitest';
import { isOnlyEmoji, linkParts } from './links.ts';

const links = (text: string) => linkParts(text).flatMap((part) => part.href ?? []);

describe('links in a message', () => {
  test('parts joined again are the message', () => {
    for (const text of [
      '',
      'plain',
      'https://a.example',
      'see https://a.example/x?y=1#z, and (http://b.example).\n\nbye',
      'a\u202ehttps://c.example',
    ]) {
      expect(
        linkParts(text)
          .map((part) => part.text)
          .join(''),
      ).toBe(text);
    }
  });

  test('an address is a link and the text around it is not', () => {
    expect(linkParts('see https://a.example/x now')).toEqual([
      { text: 'see ' },
      { text: 'https://a.example/x', href: 'https://a.example/x' },
      { text: ' now' },
    ]);
  });

  test.each([
    ['ends a sentence: https://a.example.', 'https://a.example'],
    ['(in brackets https://a.example/x)', 'https://a.example/x'],
    ['https://a.example/wiki/Hush_(film)', 'https://a.example/wiki/Hush_(film)'],
    ['“https://a.example”', 'https://a.example'],
    ['HTTPS://A.EXAMPLE/B', 'HTTPS://A.EXAMPLE/B'],
  ])('%s', (text, url) => {
    expect(links(text)).toEqual([url]);
  });

  test.each(['javascript:alert(1)', 'data:text/html,x', 'example.com', 'https://', 'xhttps//a', 'ftp://a.example', 'http://[bad'])(
    '%s is no link',
    (text) => {
      expect(links(text)).toEqual([]);
    },
  );

  test('characters that turn text around end an address', () => {
    expect(links('https://a.example/\u202egpj.exe')).toEqual(['https://a.example/']);
  });
});

describe('a message of emoji only', () => {
  test.each(['🍄', '👍🏽', '👩‍🚀', '🇩🇪', '🍄🍄 🦊', '❤️'])('%s is drawn large', (text) => {
    expect(isOnlyEmoji(text)).toBe(true);
  });

  test.each(['', 'a', '🍄 hi', '🍄🍄🍄🍄', '12'])('%j is not', (text) => {
    expect(isOnlyEmoji(text)).toBe(false);
  });
});
