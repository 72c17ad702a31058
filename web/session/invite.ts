/**
 * Between an invite as people handle it (a link, text around a link, a minute, a host) and as the protocol spells it
 * (shared/wire/invite.ts).
 */
import { ProtocolError } from '../../shared/errors.ts';
import type { Random } from '../../shared/ports.ts';
import { decodeInvite, encodeInvite, type Invite } from '../../shared/wire/invite.ts';
import type { InviteFault, InviteView, RoomChoices } from './types.ts';

const minuteMs = 60_000;

/** A new room's invite. Its relay is the one that serves this page, so the link need not name one. */
export function makeInvite({ lifetime, relayOnly, password }: RoomChoices, wallNow: number, random: Random): Invite {
  const expiresAt = lifetime === 'until-empty' ? 0 : Math.ceil(wallNow / minuteMs) + lifetime;
  return { secret: random(32), expiresAt, relays: [], relayOnly, password: password !== '' };
}

/** The invite in a link, in what followed its `#`, or in a text around it; or why there is none. */
export function readInvite(text: string, wallNow: number): Invite | InviteFault {
  const code = /(?:#|%23|^)([\w-]+)[^\w-]*$/.exec(text.trim())?.[1] ?? /(?:#|%23)([\w-]+)/.exec(text)?.[1];
  if (code === undefined) return 'not-an-invite';
  try {
    const invite = decodeInvite(code);
    return invite.expiresAt !== 0 && invite.expiresAt * minuteMs <= wallNow ? 'expired' : invite;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return faultOf(error);
  }
}

function faultOf({ code }: ProtocolError): InviteFault {
  if (code === 'truncated') return 'cut';
  return code === 'unknown-version' ? 'newer-version' : 'edited';
}

/** `origin` is where this page was served from. */
export function viewInvite(invite: Invite, origin: string): InviteView {
  return {
    link: `${origin}/#${encodeInvite(invite)}`,
    relay: new URL(relayOf(invite, origin)).host,
    relayOnly: invite.relayOnly,
    needsPassword: invite.password,
    expiresAt: invite.expiresAt === 0 ? null : invite.expiresAt * minuteMs,
  };
}

/** http(s)://host[:port] of the relay that carries the room. */
export function relayOf(invite: Invite, origin: string): string {
  return invite.relays[0] ?? origin;
}
