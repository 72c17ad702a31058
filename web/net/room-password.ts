/** What a room's password becomes (protocol.md "Handshake"): fetched by the rooms that have one, and by no others. */
import { deriveRoomKeys } from '../../shared/handshake/schedule.ts';
import type { RoomOptions } from '../../shared/room/step.ts';
import type { Invite } from '../../shared/wire/invite.ts';
import { fetchPart } from '../fetch-part.ts';
import { stretchPassword } from '../worker/password.ts';

/** Takes a good part of a second. */
export async function passwordUse(password: string, invite: Invite): Promise<NonNullable<RoomOptions['password']>> {
  const [cpace, prs] = await Promise.all([fetchPart(() => import('../../shared/handshake/cpace.ts')), passwordSecret(password, invite)]);
  return { prs, cpace };
}

/** Bound to the room's id: of the same password, another one in another room. */
export function passwordSecret(password: string, invite: Invite): Promise<Uint8Array> {
  return stretchPassword({ password, roomPub: deriveRoomKeys(invite).roomPub });
}
