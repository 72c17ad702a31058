import { expect, it, vi } from 'vitest';
import { limits } from '../limits.ts';
import type { AckSpan } from '../wire/peer.ts';
import { heardAck } from './delivery.ts';
import type { Member, Peer, Turn, Unacked } from './state.ts';

const frame = {} as Unacked;

it('an ACK that names millions of numbers costs no more than an honest one, and acknowledges what it may', () => {
  const unacked = new Map<string, Unacked>([
    ['pair 1 7', frame],
    ['group 9 0', { ...frame, message: null }],
  ]);
  const looked = vi.spyOn(unacked, 'get');
  const member = { outgoing: { unacked, lostBefore: 0, resendAt: 0, resentAt: 0, attempts: 0 } } as unknown as Member;
  const spans = Array.from({ length: limits.ackSpans }, (_, gen): AckSpan => ({ kind: 'pair', gen: gen + 1, from: 7, count: 65_535 }));
  unacked.set('pair 1 7', { ...frame, message: null });
  heardAck({ env: { now: 0 } } as Turn, {} as Peer, member, spans);
  expect([...unacked.keys()]).toEqual(['group 9 0']);
  expect(looked.mock.calls.length).toBeLessThan(10_000);
});
