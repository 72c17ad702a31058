/**
 * The keys that an invite stands for (protocol.md "Invite and key schedule"). Every one of them depends on the invite's options
 * as well as its secret, so a link with a changed option, "relay only" taken out for instance, leads to another room with
 * other keys, where nobody is.
 */
import { wipe } from '../bytes.ts';
import { expand, extract, keyBytes, signingKeyPair } from '../primitives.ts';
import { type Invite, inviteOptions } from '../wire/invite.ts';

export interface RoomKeys {
  /** The invite without its secret; goes into every handshake as well. */
  readonly opts: Uint8Array;
  /** Ed25519 seed: signs the proof that lets a member in at the relay. */
  readonly roomSk: Uint8Array;
  /** Its public key: the room's id at the relay. */
  readonly roomPub: Uint8Array;
  /** The psk that keeps strangers out of every handshake. */
  readonly psk0: Uint8Array;
}

/** The keys of the room that `invite` leads to. The caller wipes the two secret ones. */
export function deriveRoomKeys(invite: Invite): RoomKeys {
  const opts = inviteOptions(invite);
  const root = extract('room/1 root', invite.secret);
  const relayAuth = signingKeyPair(expand(root, 'relay-auth', keyBytes, opts));
  const psk0 = expand(root, 'psk0', keyBytes, opts);
  wipe(root);
  return { opts, roomSk: relayAuth.secret, roomPub: relayAuth.public, psk0 };
}
