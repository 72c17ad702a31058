/** Keys of frames that never come do not outlive their time, even in a room that has fallen silent (protocol.md "Records and ratchets"). */
import { expect, test } from 'vitest';
import { type ReceiveChain, takeKey } from '../group/chain.ts';
import { limits } from '../limits.ts';
import { meet } from '../testing/sim-check.ts';
import type { Page } from '../testing/sim-world.ts';
import type { Member } from './state.ts';
import type { PeerId } from './types.ts';

const memberOf = (page: Page, peer: Page): Member => page.state.peers.get(peer.id as PeerId)!.member!;
const keysIn = (chain: ReceiveChain) => [...chain.skipped.values()].filter(({ key }) => key !== null).length;

test('keys passed over are wiped after their time, in the group and in the pairwise channel', () => {
  const sim = meet(5, 2);
  const [ann, bob] = sim.pages as [Page, Page];
  for (let lost = 0; lost < 3; lost++) {
    takeKey(ann.state.sender.chain);
    takeKey(memberOf(ann, bob).channel.send);
  }
  ann.say('after the gap');
  sim.run(limits.pingMs * 2);
  const { channel, receiver } = memberOf(bob, ann);
  const group = receiver.generations.at(-1)!.chain;
  expect([keysIn(group), keysIn(channel.receive)]).toEqual([3, 3]);
  const passedOver = [...group.skipped.values(), ...channel.receive.skipped.values()].map(({ key }) => key!);
  sim.run(limits.skippedKeyMs);
  expect([keysIn(group), keysIn(channel.receive)]).toEqual([0, 0]);
  for (const key of passedOver) expect(key.every((byte) => byte === 0)).toBe(true);
});
