import { expect, test } from 'vitest';
import { takeArrival } from './arrival.ts';

function arriveAt(address: string): { text: string; bar: string } {
  const url = new URL(address, 'https://room.example');
  let bar = url.href;
  const replaceState = (_data: unknown, _unused: string, path?: string | URL | null) => {
    bar = new URL(path ?? '', url).href;
  };
  return { text: takeArrival(url, { replaceState }), bar };
}

test('the fragment is taken and leaves the address bar', () => {
  expect(arriveAt('/#AbC-_9')).toEqual({ text: 'AbC-_9', bar: 'https://room.example/' });
});

test('a fragment that became part of the path is taken as well', () => {
  expect(arriveAt('/%23AbC-_9')).toEqual({ text: 'AbC-_9', bar: 'https://room.example/' });
});

test('a query that a messenger added is dropped with it', () => {
  expect(arriveAt('/?from=chat#AbC')).toEqual({ text: 'AbC', bar: 'https://room.example/' });
});

test('an empty fragment brings nothing, and its sign goes too', () => {
  expect(arriveAt('/#')).toEqual({ text: '', bar: 'https://room.example/' });
});

test('what another program shares is taken, wherever it put the link, and leaves nothing behind', () => {
  const link = 'https://room.example/#AbC-_9';
  for (const query of [{ url: link }, { text: `Come in: ${link}` }, { title: 'Invite', text: link, url: '' }]) {
    const { text, bar } = arriveAt(`/share?${new URLSearchParams(query)}`);
    expect(text).toContain(link);
    expect(bar).toBe('https://room.example/');
  }
  expect(arriveAt('/share')).toEqual({ text: '', bar: 'https://room.example/' });
});

test('a plain address is left alone', () => {
  expect(arriveAt('/')).toEqual({ text: '', bar: 'https://room.example/' });
});
