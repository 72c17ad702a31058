/**
 * Handing the past to a newcomer (protocol.md "History"; past.ts takes it in): the last messages, whole, with the edit that counts and the
 * reactions that stand, as their authors signed them. What was deleted or has vanished is not there to be handed out.
 */
import { utf8 } from '../../bytes.ts';
import { pairInnerBytes } from '../../group/record.ts';
import { limits } from '../../limits.ts';
import { passedHeaderBytes } from '../../wire/group.ts';
import { type Passed, passedBytes } from '../../wire/passed.ts';
import type { LogEntry } from '../order.ts';
import type { Author, KeptRecord, Member, Peer, Turn } from '../state.ts';
import { passedOf } from './hand-out.ts';
import { sendSide } from './send.ts';

/** Messages first, then what was done to them, so that little has to wait for its message. */
export function handOutPast(turn: Turn, peer: Peer, member: Member): void {
  const texts: KeptRecord[] = [];
  const changes: KeptRecord[] = [];
  let bytes = 0;
  let messages = 0;
  for (const entry of turn.room.log.entries.toReversed()) {
    if (entry.message.deleted || entry.records.length === 0) continue;
    const [own, done] = [entry.records, changesOf(entry)];
    bytes += [...own, ...done].reduce((sum, record) => sum + passedBytes(passedOf(record, turn.env.now)), 0);
    if (bytes > limits.sharedBytes || ++messages > limits.sharedMessages) break;
    texts.unshift(...own);
    changes.unshift(...done);
  }
  for (const records of [texts, changes]) sendRecords(turn, peer, member, records);
  sendSide(turn, peer, member, { type: 'history', kind: 'end' });
}

function changesOf({ edit, reactions }: LogEntry): KeptRecord[] {
  const marks = [...(reactions?.values() ?? [])].map(({ record }) => record).filter((record) => record !== null);
  return [...(edit?.records ?? []), ...marks];
}

/** As many of one author in one record as fit. */
function sendRecords(turn: Turn, peer: Peer, member: Member, records: readonly KeptRecord[]): void {
  const byAuthor = new Map<Author, KeptRecord[]>();
  for (const record of records) if (record.content !== null) byAuthor.set(record.author, [...(byAuthor.get(record.author) ?? []), record]);
  for (const [{ inst, staticKey, name }, all] of byAuthor) {
    let batch: Passed[] = [];
    let room = pairInnerBytes - passedHeaderBytes;
    const flush = () => {
      if (batch.length > 0)
        sendSide(turn, peer, member, { type: 'history', kind: 'records', inst, staticKey, name: utf8(name), records: batch });
      batch = [];
      room = pairInnerBytes - passedHeaderBytes;
    };
    for (const record of all) {
      const passed = passedOf(record, turn.env.now);
      if (passedBytes(passed) > room) flush();
      batch.push(passed);
      room -= passedBytes(passed);
    }
    flush();
  }
}

/** A message that was handed out has changed: the change may have been under way when the newcomer came, and passed it by. */
export function forwardToServed(turn: Turn, records: readonly KeptRecord[]): void {
  for (const [id, until] of turn.room.history?.served ?? []) {
    const peer = turn.room.peers.get(id);
    if (turn.env.now < until && peer?.member) sendRecords(turn, peer, peer.member, records);
  }
}
