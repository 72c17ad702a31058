/**
 * How this page reaches the relays of an invite (protocol.md "Several relays", "Gateway"). A page over an onion stays among onions, a page
 * of the clearnet dials no onion itself: so the two kinds of addresses never meet in one page, and what a person is told about
 * the path is what the page's own address and the dialled one say, not a setting.
 *
 * Every promise fails closed: an onionOnly room is not entered from the clearnet, not even through a gateway, and without the home
 * relay's key there is no gateway, since whoever carries the bytes could then stand in its place.
 */
import { limits } from '../../shared/limits.ts';
import { isOnion, type RelayFacts } from '../net/relay-facts.ts';
import { linkAt, type RoomLink, relaysOf } from './invite.ts';
import type { WayView } from './types.ts';

export type Way =
  | { readonly name: 'dial'; readonly origins: readonly string[] }
  /** Through this page's own relay to an onion. */
  | { readonly name: 'gateway'; readonly origin: string; readonly relayKey: Uint8Array }
  /** At another relay's page, the same link. */
  | { readonly name: 'visit'; readonly page: string }
  | { readonly name: 'tor-only'; readonly page: string; readonly why: Extract<WayView, { name: 'tor-only' }>['why'] };

/** True where the facts can change nothing about the way. */
export function isPlain(link: RoomLink, page: string): boolean {
  const relays = relaysOf(link);
  return relays.length === 1 && relays[0] === page && !link.invite.onionOnly;
}

/**
 * `facts` null: the relay of this page does not answer, and may be the one that was lost. Then all relays of the room are dialled that are on
 * this page's side of Tor; the browser, which knows the policy that the page came with, lets those through that are fellows.
 */
export function wayTo(link: RoomLink, page: string, facts: RelayFacts | null): Way {
  const relays = relaysOf(link);
  const onions = relays.filter(isOnion);
  const clear = relays.filter((relay) => !isOnion(relay));
  if (isOnion(page)) {
    const reached = reachedOf(onions, page, facts);
    return reached.length > 0 ? { name: 'dial', origins: reached } : { name: 'visit', page: (onions[0] ?? clear[0]) as string };
  }
  if (link.invite.onionOnly) return torOnly(onions, 'promised');
  const reached = reachedOf(clear, page, facts);
  if (reached.length > 0) return { name: 'dial', origins: reached };
  if (clear.length > 0) return { name: 'visit', page: clear[0] as string };
  const { relayKey } = link.invite;
  if (relayKey === null) return torOnly(onions, 'no-key');
  return facts?.gateway ? { name: 'gateway', origin: onions[0] as string, relayKey } : torOnly(onions, 'no-gateway');
}

function reachedOf(relays: readonly string[], page: string, facts: RelayFacts | null): string[] {
  const reached = (relay: string): boolean => relay === page || (facts === null ? relays.includes(page) : facts.fellows.includes(relay));
  return relays.filter(reached).slice(0, limits.roomRelays);
}

function torOnly(onions: readonly string[], why: Extract<Way, { name: 'tor-only' }>['why']): Way {
  // An invite that promises Tor and names no onion can be entered nowhere; its own page says so.
  return { name: 'tor-only', page: onions[0] ?? '', why };
}

export function viewWay(way: Way, link: RoomLink, page: string): WayView {
  const host = (origin: string): string => new URL(origin).host;
  switch (way.name) {
    case 'dial':
      return { name: way.origins.some(isOnion) ? 'tor' : 'relay', hosts: way.origins.map(host) };
    case 'gateway':
      return { name: 'gateway', hosts: [host(way.origin)], gateway: host(page) };
    case 'visit':
      return { name: 'visit', hosts: relaysOf(link).map(host), page: host(way.page) };
    case 'tor-only':
      return { name: 'tor-only', hosts: relaysOf(link).map(host), address: way.page === '' ? '' : linkAt(way.page, link), why: way.why };
  }
}
