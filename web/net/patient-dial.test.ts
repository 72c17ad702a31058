import { expect, test } from 'vitest';
import { askFirst } from './patient-dial.ts';
import type { RelaySocketEvents } from './relay-socket.ts';

const own = 'https://room.example';

function page() {
  const did: string[] = [];
  const sockets: RelaySocketEvents[] = [];
  const answers: PromiseWithResolvers<boolean>[] = [];
  const dial = askFirst(
    own,
    (origin, events) => {
      did.push(`dial ${origin}`);
      sockets.push(events);
      return { send: (bytes) => void did.push(`send ${bytes[0]}`), waitingBytes: () => 0, close: (code) => void did.push(`close ${code}`) };
    },
    (signal) => {
      did.push('ask');
      signal.addEventListener('abort', () => did.push('stop asking'));
      const answer = Promise.withResolvers<boolean>();
      answers.push(answer);
      return answer.promise;
    },
  );
  const events = { open: () => did.push('open'), bytes: () => {}, closed: (code: number) => did.push(`closed ${code}`) };
  return { did, sockets, answers, dial: (origin = own) => dial(origin, events) };
}

test('the first dial goes out at once; after one in vain, the relay is asked first and dialled when it answers', async () => {
  const { did, sockets, answers, dial } = page();
  dial();
  sockets[0]!.closed(1006);
  const socket = dial();
  expect(did.splice(0)).toEqual([`dial ${own}`, 'closed 1006', 'ask']);
  answers[0]!.resolve(true);
  await answers[0]!.promise;
  socket.send(Uint8Array.of(5));
  sockets[1]!.open();
  sockets[1]!.closed(1006);
  dial();
  expect(did).toEqual([`dial ${own}`, 'send 5', 'open', 'closed 1006', `dial ${own}`]);
});

test('a relay that does not answer is a dial in vain, without a socket', async () => {
  const { did, sockets, answers, dial } = page();
  dial();
  sockets[0]!.closed(1006);
  for (const answer of [
    (one: PromiseWithResolvers<boolean>) => one.reject(new TypeError()),
    (one: PromiseWithResolvers<boolean>) => one.resolve(false),
  ]) {
    did.length = 0;
    dial();
    answer(answers.at(-1)!);
    await answers.at(-1)!.promise.catch(() => {});
    await Promise.resolve();
    expect(did).toEqual(['ask', 'closed 1006']);
  }
});

test('one given up while the relay is asked says nothing more', async () => {
  const { did, sockets, answers, dial } = page();
  dial();
  sockets[0]!.closed(1006);
  dial().close(4000);
  answers[0]!.resolve(true);
  await answers[0]!.promise;
  expect(did).toEqual([`dial ${own}`, 'closed 1006', 'ask', 'stop asking']);
});

test('other relays are dialled as ever', () => {
  const { did, sockets, dial } = page();
  dial('https://second.example');
  sockets[0]!.closed(1006);
  dial('https://second.example');
  dial();
  expect(did.filter((what) => what === 'ask')).toEqual([]);
});
