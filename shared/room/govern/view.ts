/** What the view is told of who decides: one value, told when it has changed. */
import { hex } from '../../bytes.ts';
import { type Peer, type Turn, tell } from '../state.ts';
import type { EntryRequest, Governance } from '../types.ts';
import { viewCompare } from './compare.ts';
import { admits, doorOf, isHost, isInside, isOutside, mayLetIn } from './door.ts';
import { viewProposal } from './move.ts';
import { governing, peerOf } from './state.ts';
import { doorFlags } from './wire.ts';

export function tellView(turn: Turn): void {
  const g = governing(turn);
  const governance = viewOf(turn);
  const told = JSON.stringify(governance);
  if (told === g.told) return;
  g.told = told;
  tell(turn, { type: 'governance', governance });
}

function viewOf(turn: Turn): Governance {
  const { room } = turn;
  const { book, forced, strict, alarms } = governing(turn);
  const host = isHost(turn);
  const hostPeer = book?.rule.host == null ? null : peerOf(turn, book.rule.host);
  const outside = isOutside(turn);
  return {
    approval: room.options.approval ? 'on' : forced ? 'forced' : 'off',
    locked: book?.rule.locked ?? false,
    hosted: book !== null,
    host,
    hostPeer: hostPeer?.member ? hostPeer.id : null,
    mayLetIn: mayLetIn(turn),
    mayPublish: book === null || host || book.rule.membersPublish,
    membersPublish: book === null || book.rule.membersPublish,
    outside: outside ? outsideView(turn) : null,
    requests: requestsOf(turn),
    proposal: viewProposal(turn),
    compare: viewCompare(turn),
    strict,
    equivocates: [...alarms.equivocates].filter((id) => room.peers.get(id)?.member != null),
    halted: strict && someoneDiffers(turn),
  };
}

/** Who of those here can open, and how the door stands. */
function outsideView(turn: Turn): NonNullable<Governance['outside']> {
  const { doors } = governing(turn);
  const by: { name: string; tag: string; sas: readonly number[] }[] = [];
  let [locked, declined] = [false, false];
  for (const { id, outside } of turn.room.peers.values()) {
    const flags = doors.get(id) ?? 0;
    if (outside === null) continue;
    locked ||= (flags & doorFlags.locked) !== 0;
    declined ||= (flags & doorFlags.declined) !== 0;
    if ((flags & doorFlags.keeper) !== 0) by.push({ name: outside.member.name, tag: outside.member.tag, sas: outside.member.sas });
  }
  return { by, locked, declined };
}

function requestsOf(turn: Turn): EntryRequest[] {
  if (!mayLetIn(turn) || !isInside(turn) || doorOf(turn) === 'open') return [];
  const { declined } = governing(turn);
  const asks = ({ outside }: Peer): boolean => {
    if (outside === null) return false;
    const id = hex(outside.member.staticKey);
    return !admits(turn, id) && !declined.has(id);
  };
  return [...turn.room.peers.values()].filter(asks).map(({ id, outside }) => {
    const { name, tag, sas } = outside!.member;
    return { peer: id, name, tag, sas };
  });
}

/** Someone's list of people stays another one than ours. */
export function someoneDiffers({ room }: Pick<Turn, 'room'>): boolean {
  for (const { member } of room.peers.values()) if (member?.roster.name === 'differs' && member.roster.told) return true;
  return false;
}
