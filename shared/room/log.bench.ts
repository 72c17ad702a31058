/**
 * A log of 10,000 messages: what one more costs its reader, whether the log is empty or full, and what finding a place costs where
 * messages come out of order. Real cryptography; CPU time of the reader alone.
 *
 *   node shared/room/log.bench.ts
 *
 * Aim: the last thousand costs no more a message than the first (within the noise of a third).
 */
import { limits } from '../limits.ts';
import { meet } from '../testing/sim-check.ts';
import type { Page } from '../testing/sim-world.ts';
import { newAuthor } from './authors.ts';
import { createLog, findEntry, insertEntry, type LogEntry } from './order.ts';
import type { MessageId } from './types.ts';

const batch = 1000;

function heard(): number[] {
  const sim = meet(1, 2);
  const [ann, bob] = sim.pages as [Page, Page];
  const costs: number[] = [];
  // Of this thread, so that a busy machine does not count.
  let spent = 0;
  const feed = bob.feed.bind(bob);
  bob.feed = (...given) => {
    const begin = process.threadCpuUsage();
    feed(...given);
    const { user, system } = process.threadCpuUsage(begin);
    spent += (user + system) / 1000;
  };
  for (let size = 0; size < limits.historyMessages; size += batch) {
    spent = 0;
    for (let i = 0; i < batch; i++) {
      ann.say(`message ${size + i}`);
      sim.run(45);
    }
    sim.run(2000);
    costs.push(spent / batch);
  }
  const { state } = bob.room;
  if (state.name === 'ended' || state.log.entries.length !== limits.historyMessages) throw new Error('not everything arrived');
  return costs;
}

function placed(size: number): number {
  const log = createLog();
  const author = newAuthor(new Uint8Array(16), new Uint8Array(32), 'Someone', 0);
  const entry = (lamport: number): LogEntry => ({
    message: { id: String(lamport) as MessageId, from: 'me', name: '', tag: '', text: '' },
    ...{ key: { lamport, inst: '', gen: 0, seq: 0 }, saidAt: 0, author, records: [], edit: null, reactions: null },
  });
  for (let i = 0; i < size; i++) insertEntry(log, entry(2 * i));
  const late = Array.from({ length: 500 }, (_, i) => entry(2 * ((i * 7919) % size) + 1));
  const begin = performance.now();
  for (const one of late) if (findEntry(log, one) >= 0 || insertEntry(log, one).place < 0) throw new Error('no place');
  return ((performance.now() - begin) * 1000) / late.length;
}

const costs = heard();
const first = costs[0]!;
const last = costs.at(-1)!;
console.log(`one more message, by thousands: ${costs.map((ms) => ms.toFixed(2)).join(' ')} ms`);
console.log(`the last thousand costs ${(last / first).toFixed(2)} of the first`);
for (const size of [100, 1000, limits.historyMessages - 500]) console.log(`a late message into ${size}: ${placed(size).toFixed(1)} µs`);
