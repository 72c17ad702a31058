/**
 * Makes a room machine from an invite and puts a driver around it. Keys are fresh for this room and this page and live in this
 * page's memory only; nothing is sent before `join` is fed.
 */
import { roomKeys } from '../../shared/handshake/schedule.ts';
import { createRoom, nextWake, step } from '../../shared/room/step.ts';
import type { RoomEvent } from '../../shared/room/types.ts';
import type { Invite } from '../../shared/wire/invite.ts';
import { stretchPassword } from '../worker/password.ts';
import { Driver, type DriverPorts } from './driver.ts';
import { directLinksPossible } from './rtc.ts';

export interface RoomSetup {
  readonly invite: Invite;
  readonly name: string;
  /** Empty for a room without one. */
  readonly password: string;
  /** http(s)://host[:port] of the relay to dial. */
  readonly relayOrigin: string;
}

export interface OpenedRoom {
  readonly driver: Driver;
  /** First 8 hexadecimal digits of a hash of our key for this room. */
  readonly tag: string;
}

/** Takes a moment where there is a password to stretch. */
export async function openRoom(setup: RoomSetup, ports: DriverPorts, show: (event: RoomEvent) => void): Promise<OpenedRoom> {
  const { invite, name, password, relayOrigin } = setup;
  const keys = roomKeys(invite);
  const prs = invite.password ? await stretchPassword({ password, roomPub: keys.roomPub }) : null;
  const direct = !invite.relayOnly && directLinksPossible();
  const env = { now: ports.now(), random: ports.random };
  const room = createRoom({ keys, prs, name, origin: relayOrigin, direct, expiresAt: invite.expiresAt }, env);
  const machine = { step: step.bind(null, room), nextWake: () => nextWake(room) };
  return { driver: new Driver(machine, relayOrigin, ports, show), tag: room.tag };
}
