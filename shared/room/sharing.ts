/** What this page and the others show of themselves, as far as it is known without the part that tells it (side/presence.ts). */
import { type Living, type Member, type OwnPresence, type Peer, type PeerPresence, type Turn, tell } from './state.ts';
import type { Sharing } from './types.ts';

export const shareAll: Sharing = { typing: true, read: true, delivered: true, away: true };
export function newOwnPresence(): OwnPresence {
  return {
    sharing: shareAll,
    away: false,
    typing: false,
    typingAt: Number.POSITIVE_INFINITY,
    typingFrom: 0,
    readUpTo: null,
    toTell: new Map(),
    readFrom: 0,
    readers: new Set(),
    readersAt: Number.POSITIVE_INFINITY,
  };
}

export function newPeerPresence(): PeerPresence {
  return { sharing: shareAll, away: false, typingUntil: 0, readUpTo: null, toldRead: null, told: 'false false null' };
}

/** Whether one is shown that this member has a message. */
export function seenDelivering({ presence }: Living, member: Member): boolean {
  return presence.sharing.delivered && member.presence.sharing.delivered;
}

/** We type no more, and nobody need be told. */
export function endTyping(presence: OwnPresence): void {
  presence.typing = false;
  presence.typingAt = Number.POSITIVE_INFINITY;
}

/** Whoever has just said something types no more. */
export function stopTyping(turn: Turn, peer: Peer, member: Member): void {
  if (member.presence.typingUntil === 0) return;
  member.presence.typingUntil = 0;
  tellPresence(turn, peer, member);
}

export function tellPresence(turn: Turn, { id }: Peer, { presence }: Member): void {
  const { typingUntil, away, readUpTo } = presence;
  const told = `${typingUntil > 0} ${away} ${readUpTo}`;
  if (told === presence.told) return;
  presence.told = told;
  tell(turn, { type: 'presence', peer: id, presence: { typing: typingUntil > 0, away, readUpTo } });
}
