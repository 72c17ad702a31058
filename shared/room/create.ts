/**
 * The beginning and the end of a room. At the end every key is overwritten and every message let go, whatever the reason;
 * what remains is a state that ignores all input.
 */
import { hex, wipe } from '../bytes.ts';
import { createSender, wipeSender } from '../group/sender.ts';
import { cleanName } from '../handshake/name.ts';
import type { Cpace } from '../handshake/pairwise.ts';
import { deriveRoomKeys } from '../handshake/schedule.ts';
import type { Env } from '../ports.ts';
import type { KeyPair } from '../primitives.ts';
import type { Invite } from '../wire/invite.ts';
import { newSync } from './activity.ts';
import { eraseRecords, newAuthor } from './authors.ts';
import { wipeEntry } from './changes.ts';
import { abandonShake } from './handshakes.ts';
import { createLog } from './order.ts';
import { wipeMember } from './people.ts';
import { newOwnPresence } from './sharing.ts';
import { newSide } from './side-part.ts';
import { type Living, type OutpostKeys, type Relay, type Room, type Turn, tell } from './state.ts';
import type { EndReason, PeerId, Person } from './types.ts';

export interface RoomOptions {
  readonly invite: Invite;
  /** 16 random bytes, new for every page and every join: nonces repeat if two pages share them. */
  readonly inst: Uint8Array;
  /** X25519, fresh. The room wipes it at its end, and the password's secret too. */
  readonly statics: KeyPair;
  readonly name: string;
  /** The slow hash of the password, and CPace, which is loaded only where a room has one. */
  readonly password: { readonly prs: Uint8Array; readonly cpace: Cpace } | null;
  /** Origins of the room's relays, as the page dials them, best first; at least one. */
  readonly origins: readonly string[];
  /** Static keys, hexadecimal, that the person has compared in this room before the page was loaded anew. */
  readonly verdicts?: ReadonlyMap<string, Person['verification']>;
  /** Whether direct links are possible here and wanted by the invite. */
  readonly directAllowed: boolean;
}

export function createRoom(options: RoomOptions, env: Env): Room {
  const { invite, inst, statics, password } = options;
  if (options.origins.length === 0) throw new RangeError('createRoom: no relay');
  const name = cleanName(options.name);
  const myself = newAuthor(inst, statics.public, name, env.now);
  const living: Living = {
    name: 'living',
    phase: 'idle',
    activeAt: Number.POSITIVE_INFINITY,
    me: { inst, id: hex(inst) as PeerId, statics, name, tag: myself.tag },
    keys: deriveRoomKeys(invite),
    former: null,
    pastIds: [],
    settlingUntil: 0,
    options: optionsOf(invite),
    govern: { part: null, state: null, early: [] },
    password: password === null ? null : { ...password, failures: [] },
    directAllowed: options.directAllowed,
    expiresAt: invite.expiresAt,
    relays: options.origins.map((origin, index) => newRelay(origin, index, env.now, null)),
    relaysTold: '',
    endsAt: Number.POSITIVE_INFINITY,
    peers: new Map(),
    seenEphemerals: new Set(),
    sender: createSender(env.random),
    senderStale: false,
    generationUsedAt: 0,
    held: [],
    authors: new Map([[myself.id, myself]]),
    myself,
    log: createLog(),
    waiting: new Map(),
    vanishMs: invite.vanishS > 0 ? invite.vanishS * 1000 : Number.POSITIVE_INFINITY,
    vanishAt: Number.POSITIVE_INFINITY,
    sync: newSync(),
    progress: { at: Number.POSITIVE_INFINITY, messages: new Set() },
    side: newSide(),
    history: invite.history ? { asking: null, asked: new Map(), done: false, source: null, served: new Map() } : null,
    presence: newOwnPresence(),
    unsaid: 0,
    spoken: false,
    outbox: [],
    outboxOpen: false,
    sayFrom: Number.POSITIVE_INFINITY,
    sayAt: env.now,
    verdicts: new Map(options.verdicts),
    digest: null,
    toldUnknown: 0,
    tidyAt: env.now,
  };
  return { state: living };
}

function optionsOf({ secret: _, ...options }: Invite): Living['options'] {
  return options;
}

export function newRelay(origin: string, index: number, now: number, outpost: OutpostKeys | null): Relay {
  return {
    index,
    origin,
    outpost,
    seat: { name: 'none', dialAt: Number.POSITIVE_INFINITY },
    lostAt: now,
    attempts: 0,
    received: 0,
    everSeated: false,
    beats: false,
    endsAt: Number.POSITIVE_INFINITY,
    iceServers: [],
  };
}

/** Closes every path, wipes every key. Outputs that went before (LEAVE) are carried out first. */
export function endRoom(room: Room, turn: Turn, reason: EndReason): void {
  const { keys, me, password, peers, sender, relays, log, outbox, held, authors, waiting, progress } = turn.room;
  turn.room.govern.part?.wipe(turn);
  for (const peer of peers.values()) {
    abandonShake(peer);
    if (peer.outside !== null) wipeMember(peer.outside.member);
    if (peer.member === null) continue;
    if (peer.member.path.name !== 'relay') turn.out.push({ type: 'link-close', peer: peer.id });
    wipeMember(peer.member);
  }
  for (const { index, seat } of relays)
    if (seat.name !== 'none' && seat.name !== 'refused') turn.out.push({ type: 'relay-close', relay: index, code: 1000 });
  wipe(keys.roomSk, keys.psk0, me.statics.secret);
  if (password !== null) wipe(password.prs);
  wipeSender(sender);
  for (const entry of log.entries) wipeEntry(entry);
  for (const { records } of authors.values()) eraseRecords([...records.values()]);
  for (const map of [peers, authors, waiting, log.byId, progress.messages]) map.clear();
  for (const queue of [log.entries, outbox, held]) queue.length = 0;
  room.state = { name: 'ended', reason };
  tell(turn, { type: 'phase', phase: { name: 'ended', reason } });
}
