/**
 * Between an invite as people handle it (a link, text around a link, a lifetime, a host) and as the protocol spells it
 * (shared/wire/invite.ts).
 */
import { ProtocolError } from '../../shared/errors.ts';
import type { Random } from '../../shared/ports.ts';
import { sha256, signingKeyPair } from '../../shared/primitives.ts';
import { encodeInvite, type Invite, parseInvite, plainOptions } from '../../shared/wire/invite.ts';
import { isOnion, noFacts, type RelayFacts } from '../net/relay-facts.ts';
import type { InviteFault, InviteView, RoomChoices, WayView } from './types.ts';

/** An invite with the place its link leads to. */
export interface RoomLink {
  readonly invite: Invite;
  /** http(s)://host[:port] of the page in the link. */
  readonly page: string;
}

/** A room that this page makes, and the seed of its host's key. */
export interface MadeRoom extends RoomLink {
  readonly hostSeed?: Uint8Array;
}

/**
 * A new room at the relay that serves this page. Its link need not name that one, unless the relay has an onion beside, or the room is
 * to stand at fellows as well; a room that promises Tor names the onion, so that the link cannot be taken elsewhere.
 */
export function makeRoom(choices: RoomChoices, page: string, wallNow: number, random: Random, facts: RelayFacts = noFacts): MadeRoom {
  const { lifetime, relayOnly, password, history, vanishS, approval, hosted, onionOnly = false, fellows = [] } = choices;
  const own = [isOnion(page) ? facts.origin : page, isOnion(page) ? page : facts.onion].filter((name) => name !== null);
  const relays = onionOnly ? [page] : [...own, ...fellows.filter((fellow) => !own.includes(fellow))];
  const hostSeed = hosted ? random(32) : null;
  const invite: Invite = {
    ...plainOptions,
    relays: relays.length === 1 && !onionOnly ? [] : relays,
    relayKey: !onionOnly && relays.some(isOnion) ? facts.relayKey : null,
    onionOnly,
    secret: random(32),
    expiresAt: lifetime === 'until-empty' ? 0 : Math.round(wallNow / 1000) + 60 * lifetime,
    relayOnly: relayOnly || onionOnly,
    password: password !== '',
    history,
    vanishS,
    approval,
    adminHash: hostSeed === null ? null : sha256(signingKeyPair(hostSeed).public).slice(0, 16),
  };
  return hostSeed === null ? { invite, page } : { invite, page, hostSeed };
}

/**
 * The room that a link leads to, or a text with a link in it, or what followed a link's `#`; or why there is none. `page` is where this
 * page came from, and where a link without an address leads.
 */
export function readLink(text: string, page: string, wallNow: number): RoomLink | InviteFault {
  try {
    const { invite, origin = page } = parseInvite(text);
    return endOf(invite) <= wallNow ? 'expired' : { invite, page: origin };
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

/** Milliseconds since 1970. */
function endOf({ expiresAt }: Invite): number {
  return expiresAt === 0 ? Number.POSITIVE_INFINITY : expiresAt * 1000;
}

export function viewLink(link: RoomLink, way?: WayView): InviteView {
  const { invite, page } = link;
  return {
    link: linkAt(page, link),
    relay: new URL(relaysOf(link)[0] as string).host,
    ...(way === undefined ? {} : { way }),
    ...otherDoor(link),
    relayOnly: invite.relayOnly,
    needsPassword: invite.password,
    approval: invite.approval,
    hosted: invite.adminHash !== null,
    history: invite.history,
    vanishS: invite.vanishS,
    expiresAt: invite.expiresAt === 0 ? null : endOf(invite),
  };
}

/** The link, opened at `page`. */
export function linkAt(page: string, { invite }: RoomLink): string {
  return `${page}/#${encodeInvite(invite)}`;
}

/** The same room's link for those on the other side of Tor, where the room can be reached from there too. */
function otherDoor(link: RoomLink): { readonly otherLink?: string } {
  const other = link.invite.relays.find((relay) => isOnion(relay) !== isOnion(link.page));
  return other === undefined ? {} : { otherLink: linkAt(other, link) };
}

/** http(s)://host[:port] of the relays that carry the room. */
export function relaysOf({ invite, page }: RoomLink): readonly string[] {
  return invite.relays.length > 0 ? invite.relays : [page];
}
