/**
 * Between an invite as people handle it (a link, text around a link, a lifetime, a host) and as the protocol spells it
 * (shared/wire/invite.ts).
 */
import { ProtocolError } from '../../shared/errors.ts';
import type { Random } from '../../shared/ports.ts';
import { decodeInvite, encodeInvite, type Invite, plainOptions } from '../../shared/wire/invite.ts';
import type { InviteFault, InviteView, RoomChoices } from './types.ts';

/** An invite with the place its link leads to. */
export interface RoomLink {
  readonly invite: Invite;
  /** http(s)://host[:port] of the page in the link. */
  readonly page: string;
}

/** A new room at the relay that serves this page, so that its link need not name one. */
export function makeRoom(choices: RoomChoices, page: string, wallNow: number, random: Random): RoomLink {
  const { lifetime, relayOnly, password, history, vanishS } = choices;
  const invite: Invite = {
    ...plainOptions,
    secret: random(32),
    expiresAt: lifetime === 'until-empty' ? 0 : Math.round(wallNow / 1000) + 60 * lifetime,
    relayOnly,
    password: password !== '',
    history,
    vanishS,
  };
  return { invite, page };
}

/**
 * The room that a link leads to, or a text with a link in it, or what followed a link's `#`; or why there is none. Some
 * programs write `%23` for `#`. `page` is where this page came from, and where a link without an address leads.
 */
export function readLink(text: string, page: string, wallNow: number): RoomLink | InviteFault {
  const [code] = /(?<=#|%23)[\w-]+/.exec(text) ?? /[\w-]+/.exec(text) ?? [''];
  try {
    const invite = decodeInvite(code);
    return endOf(invite) <= wallNow ? 'expired' : { invite, page: originIn(text) ?? page };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return faultOf(error);
  }
}

function faultOf({ code }: ProtocolError): InviteFault {
  switch (code) {
    case 'truncated':
      return 'cut';
    case 'unknown-version':
      return 'newer-version';
    case 'malformed':
      return 'not-an-invite';
    default:
      return 'edited';
  }
}

function originIn(text: string): string | undefined {
  const address = /https?:\/\/[^\s"'<>#%]+/i.exec(text)?.[0];
  return address !== undefined && URL.canParse(address) ? new URL(address).origin : undefined;
}

/** Milliseconds since 1970. */
function endOf({ expiresAt }: Invite): number {
  return expiresAt === 0 ? Number.POSITIVE_INFINITY : expiresAt * 1000;
}

export function viewLink(link: RoomLink): InviteView {
  const { invite, page } = link;
  return {
    link: linkAt(page, link),
    relay: new URL(relayOf(link)).host,
    relayOnly: invite.relayOnly,
    needsPassword: invite.password,
    history: invite.history,
    vanishS: invite.vanishS,
    expiresAt: invite.expiresAt === 0 ? null : endOf(invite),
  };
}

/** The link, opened at `page`. */
export function linkAt(page: string, { invite }: RoomLink): string {
  return `${page}/#${encodeInvite(invite)}`;
}

/** http(s)://host[:port] of the relay that carries the room. */
export function relayOf({ invite, page }: RoomLink): string {
  return invite.relays[0] ?? page;
}
