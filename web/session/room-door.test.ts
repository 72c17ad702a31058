/** A code is shared for as long as somebody wants it, and no longer. */
import { expect, test, vi } from 'vitest';
import type { Cpace } from '../../shared/handshake/pairwise.ts';
import { plainOptions } from '../../shared/wire/invite.ts';
import type { RunningDeskCall } from '../net/desk-call.ts';
import type { DoorsPorts } from './doors.svelte.ts';
import { RoomDoor } from './room-door.svelte.ts';

const origin = 'http://relay.example';
const link = { page: origin, invite: { ...plainOptions, secret: new Uint8Array(32), expiresAt: 0 } };

function door() {
  const { promise, resolve } = Promise.withResolvers<Cpace>();
  const call = vi.fn((): RunningDeskCall<never> => ({ act: () => {}, resume: () => {}, close: () => {}, isOver: false }));
  const random = (length: number) => new Uint8Array(length);
  const ports = { origin, random, wallNow: () => 0, call, cpace: () => promise, openInvite: () => {} } as unknown as DoorsPorts;
  return { door: new RoomDoor(link as never, ports, () => {}), call, partIsHere: () => resolve({} as Cpace) };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a code is asked for when its part is here', async () => {
  const { door: wanted, call, partIsHere } = door();
  wanted.makeCode();
  expect(wanted.code.state).toBe('making');
  partIsHere();
  await settled();
  expect(call).toHaveBeenCalledTimes(1);
});

test.each([
  ['dropped', (one: RoomDoor) => one.dropCode()],
  ['left behind with its room', (one: RoomDoor) => one.close()],
])('one that was %s before is not asked for', async (_, end) => {
  const { door: left, call, partIsHere } = door();
  left.makeCode();
  end(left);
  partIsHere();
  await settled();
  expect(call).not.toHaveBeenCalled();
});

test('asked for twice at once, it is one', async () => {
  const { door: eager, call, partIsHere } = door();
  eager.makeCode();
  eager.makeCode();
  partIsHere();
  await settled();
  expect(call).toHaveBeenCalledTimes(1);
});
