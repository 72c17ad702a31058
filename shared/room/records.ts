/**
 * Group records on their way in (protocol.md "Messages", "Passing on"), whether their author's chain opened them or another member passed
 * them on: each is kept with its signature, counts once, and then does what it says. What it says is judged only here, after it is
 * known whose it is.
 */
import { equal, hex } from '../bytes.ts';
import { joinText } from '../group/assemble.ts';
import type { ForkProof, SignedRecord } from '../group/signed.ts';
import { decodeGroupInner, type GroupInner } from '../wire/group.ts';
import { noteActivity } from './activity.ts';
import { keepRecord, recordKey } from './authors.ts';
import { heardChange } from './changes.ts';
import { tellChanged } from './delivery.ts';
import { noteSequence } from './numbers.ts';
import type { LogEntry } from './order.ts';
import type { Author, KeptRecord, Turn } from './state.ts';
import { heardText } from './texts.ts';
import type { MessageId, PassedOn } from './types.ts';

/** How a record came that its author's chain did not open. */
export interface Passing {
  /** What the view is told; null where it need not know. */
  readonly how: PassedOn | null;
  readonly saidAt: number;
  /** It came from its author after all, who knows best how old it is. */
  readonly byAuthor: boolean;
}

type Placed = Exclude<GroupInner, { type: 'sync' }>;

/** Takes one record in. Returns the proof where it contradicts another of the same number. Throws `ProtocolError` for what no honest member signs. */
export function heardRecord(turn: Turn, author: Author, signed: SignedRecord, spk: Uint8Array, passing: Passing | null): ForkProof | null {
  const known = author.records.get(recordKey(signed.gen, signed.seq));
  if (known !== undefined && !equal(known.digest, signed.digest)) return forkOf(author, known, signed);
  if (known !== undefined) {
    if (passing?.byAuthor) correctAge(turn, known, passing.saidAt);
    return null;
  }
  noteSequence(turn, author, signed.gen, signed.seq);
  const record = keepRecord(turn, author, signed, spk, passing?.saidAt ?? turn.env.now);
  if (record.content === null) return null; // erased, and so no gap
  const inner = decodeGroupInner(record.content);
  if (inner.type === 'sync') {
    if (passing === null) turn.room.side.part?.heardSync(turn, author, inner.latest);
    return null;
  }
  noteActivity(turn);
  record.saidAt = Math.min(record.saidAt, turn.env.now - inner.ageS * 1000);
  act(turn, record, inner, passing);
  return null;
}

function act(turn: Turn, record: KeptRecord, inner: Placed, passing: Passing | null): void {
  const { author, gen, seq } = record;
  const common = { author, since: turn.env.now };
  if (inner.type === 'file') {
    const { lamport, ageS, offer } = inner;
    const told = { gen, seq, id: record.id, lamport, ageS, reply: null, action: false, mentions: [], text: '', file: offer };
    heardText(turn, author, told, [record], passing?.how ?? null);
    return;
  }
  if (inner.type !== 'text') {
    const key = { lamport: inner.lamport, inst: author.id, gen, seq };
    heardChange(turn, { ...common, target: hex(inner.target), key, records: [record], does: inner });
    return;
  }
  const whole = joinText(author.unfinished, { ...inner, gen, seq, id: record.id });
  if (whole === null) return;
  const records = partsOf(author, whole.gen, whole.seq, whole.parts);
  if (whole.edits === null) {
    heardText(turn, author, whole, records, passing?.how ?? null);
    return;
  }
  const key = { lamport: whole.lamport, inst: author.id, gen: whole.gen, seq: whole.seq };
  heardChange(turn, { ...common, target: hex(whole.edits), key, records, does: { type: 'edit', ...whole } });
}

function partsOf({ records }: Author, gen: number, seq: number, parts: number): KeptRecord[] {
  const found: KeptRecord[] = [];
  for (let part = 0; part < parts; part++) {
    const record = records.get(recordKey(gen, seq + part));
    if (record !== undefined) found.push(record);
  }
  return found;
}

/** The author says that it is older than it seemed when it came: it has waited somewhere. */
function correctAge(turn: Turn, record: KeptRecord, saidAt: number): void {
  record.saidAt = Math.min(record.saidAt, saidAt);
  const entry: LogEntry | undefined = turn.room.log.byId.get(hex(record.id) as MessageId);
  if (entry === undefined || saidAt >= entry.saidAt) return;
  entry.saidAt = saidAt;
  turn.room.vanishAt = Math.min(turn.room.vanishAt, saidAt + turn.room.vanishMs);
  tellChanged(turn, entry.message.id, entry);
}

function forkOf({ inst, staticKey }: Author, known: KeptRecord, { gen, seq, digest, sig }: SignedRecord): ForkProof {
  return { inst, staticKey, spk: known.spk, gen, seq, a: { digest: known.digest, sig: known.sig }, b: { digest, sig } };
}
