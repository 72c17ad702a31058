/**
 * One file on its way to us (protocol.md "Files"): what to ask for and when, and pieces joined to chunks. Nothing is trusted here: a whole
 * chunk is given out to be opened and compared, and comes back as done or bad.
 *
 * The window is what was asked for and has not come. It grows while asking makes answers no later, and shrinks to what the path carries
 * in its round trip and a moment more: bytes that wait in queues on the way would only hold up what people say to each other.
 * Memory is bounded by the window and by the chunks that are being opened and written.
 */
import type { PieceSpan } from '../wire/file.ts';
import { pieceBytes, wantSpans } from '../wire/file.ts';
import type { AskPace } from './ask-pace.ts';
import { type Layout, piecesOf, piecesPerChunk, placeOf, positionOf, sealedLength } from './layout.ts';

export interface Ask {
  /** What was asked before is taken back. */
  readonly again: boolean;
  readonly spans: readonly PieceSpan[];
}

/** A chunk whose pieces have all come. */
export interface WholeChunk {
  readonly chunk: number;
  readonly sealed: Uint8Array<ArrayBuffer>;
}

export type Taken = WholeChunk | 'piece' | 'unasked';

/** Pieces asked for at first, and at least. */
const firstWindow = 16;
const leastWindow = 4;
/** The most, by path: a relay gives up a reader that is 4 MiB behind. */
const widest = { direct: 512, relay: 96 } as const;
/** Answers later than this beyond the quickest mean that something queues up. */
const slackMs = { direct: 250, relay: 120 } as const;
const silenceMs = 3000;
const silenceMostMs = 24_000;
/** Chunks that are being opened and written; more means that the disk is behind. */
const openingChunks = 6;
const badChunks = 3;

interface OpenChunk {
  readonly sealed: Uint8Array<ArrayBuffer>;
  /** By piece: 0 not asked, 1 asked, 2 here. */
  readonly pieces: Uint8Array;
  left: number;
}

export class Intake {
  readonly layout: Layout;
  readonly #done: Uint8Array;
  readonly #open = new Map<number, OpenChunk>();
  readonly #opening = new Set<number>();
  readonly #bad = new Map<number, number>();
  /** First chunk that was never asked for whole, and the piece to ask for next. */
  #nextChunk = 0;
  #nextPiece = 0;
  #outstanding = 0;
  #window = firstWindow;
  #path: 'direct' | 'relay';
  #paused = false;
  /** Nothing but the list is asked for, until it is known what is here already. */
  #listOnly: boolean;
  /** Ask everything again that has not come. */
  #again = false;
  readonly #pace: AskPace;
  /** There was something to ask, and it was too soon. */
  #tooSoon = false;
  #heardAt: number;
  #silences = 0;
  #contentDone = 0;
  // the round trip, and how fast pieces come
  #probe: { readonly position: number; readonly at: number } | null = null;
  #quickest = Number.POSITIVE_INFINITY;
  #arrived = 0;
  #rate = { at: 0, arrived: 0, perMs: 0 };

  /** `pace` is that of its author. `listFirst`: some of the file may be here from before, which only its list can tell. */
  constructor(layout: Layout, path: 'direct' | 'relay', now: number, pace: AskPace, listFirst = false) {
    this.layout = layout;
    this.#pace = pace;
    this.#listOnly = listFirst;
    this.#done = new Uint8Array(layout.chunks + 1);
    this.#path = path;
    this.#heardAt = now;
    this.#rate.at = now;
  }

  /** Chunks of the file that are proven and handed on. */
  get chunksDone(): number {
    return this.#contentDone;
  }

  get complete(): boolean {
    return this.#contentDone === this.layout.chunks && this.#done[0] === 1;
  }

  /** Pieces that have come, of those there are. */
  get piecesHere(): number {
    return this.#arrived;
  }

  // ---------------------------------------------------------------- asking

  /** What to ask for now; null for nothing. Call after every change, and when `due` has come. */
  ask(now: number): Ask | null {
    if (this.#paused || this.complete) return null;
    if (this.#outstanding > 0 && now >= this.#silentAt()) this.#doubt(now);
    const again = this.#again;
    const room = this.#window - this.#outstanding;
    const more = room >= Math.max(1, this.#window >> 2);
    this.#tooSoon = (again || more) && now < this.#pace.nextAt;
    if (this.#tooSoon) return null;
    const spans: PieceSpan[] = again ? this.#missing() : [];
    if (more) this.#more(spans, room);
    if (spans.length === 0) return null;
    this.#pace.spend(now);
    this.#again = false;
    if (this.#outstanding === 0 || again) this.#heardAt = Math.max(this.#heardAt, now);
    for (const { count } of spans) this.#outstanding += count;
    if (again) this.#probe = null;
    this.#probe ??= { position: (spans[0] as PieceSpan).from, at: now };
    return { again, spans };
  }

  /** There is something to ask for that waits for its turn, which comes with `due`. */
  get heldBack(): boolean {
    return this.#tooSoon && !this.#paused && !this.complete;
  }

  /** When `ask` may have something to ask although nothing has come. */
  get due(): number {
    if (this.heldBack) return this.#pace.nextAt;
    return this.#paused || this.complete || this.#outstanding === 0 ? Number.POSITIVE_INFINITY : this.#silentAt();
  }

  #silentAt(): number {
    return this.#heardAt + Math.min(silenceMostMs, silenceMs * 2 ** this.#silences);
  }

  #doubt(now: number): void {
    this.#silences++;
    this.#heardAt = now;
    this.#narrow();
    this.#askAgain();
  }

  #askAgain(): void {
    this.#again = true;
    this.#outstanding = 0;
  }

  #narrow(): void {
    this.#window = firstWindow;
    this.#quickest = Number.POSITIVE_INFINITY;
    this.#probe = null;
  }

  /** Pieces that were asked for and are not here, as far as the window goes; the rest is asked for later as if for the first time. */
  #missing(): PieceSpan[] {
    const spans: PieceSpan[] = [];
    let room = this.#window;
    for (const [chunk, { pieces }] of [...this.#open].sort(([a], [b]) => a - b)) {
      for (let piece = 0; piece < pieces.length; piece++) {
        if (pieces[piece] === 2) continue;
        const asked = room > 0 && extend(spans, positionOf(chunk, piece));
        pieces[piece] = asked ? 1 : 0;
        if (asked) room--;
      }
    }
    this.#nextChunk = 0;
    this.#nextPiece = 0;
    return spans;
  }

  /** Goes on where asking stopped. */
  #more(spans: PieceSpan[], room: number): void {
    let left = room - spans.reduce((sum, { count }) => sum + count, 0);
    const last = this.#listOnly ? 0 : this.layout.chunks;
    while (left > 0 && this.#nextChunk <= last) {
      const chunk = this.#nextChunk;
      if (this.#done[chunk] === 1 || this.#opening.has(chunk)) {
        this.#skip();
        continue;
      }
      const open = this.#open.get(chunk) ?? this.#begin(chunk);
      if (open === null) return;
      if (this.#nextPiece >= open.pieces.length) {
        this.#skip();
        continue;
      }
      if (open.pieces[this.#nextPiece] === 0) {
        if (!extend(spans, positionOf(chunk, this.#nextPiece))) return;
        open.pieces[this.#nextPiece] = 1;
        left--;
      }
      this.#nextPiece++;
    }
  }

  #skip(): void {
    this.#nextChunk++;
    this.#nextPiece = 0;
  }

  #begin(chunk: number): OpenChunk | null {
    if (this.#opening.size >= openingChunks) return null;
    const sealed = new Uint8Array(sealedLength(this.layout, chunk));
    const count = piecesOf(this.layout, chunk);
    const open = { sealed, pieces: new Uint8Array(count), left: count };
    this.#open.set(chunk, open);
    return open;
  }

  // ---------------------------------------------------------------- what comes

  /** One piece. `unasked` is to be counted and forgotten. */
  take(position: number, piece: Uint8Array, now: number): Taken {
    const place = placeOf(this.layout, position);
    const open = place === null ? undefined : this.#open.get(place.chunk);
    if (place === null || open === undefined || open.pieces[place.piece] !== 1) return 'unasked';
    const at = place.piece * pieceBytes;
    open.sealed.set(piece.subarray(0, Math.min(pieceBytes, open.sealed.length - at)), at);
    open.pieces[place.piece] = 2;
    open.left--;
    this.#outstanding = Math.max(0, this.#outstanding - 1);
    this.#arrived++;
    this.#heardAt = now;
    this.#silences = 0;
    this.#measure(position, now);
    if (open.left > 0) return 'piece';
    this.#open.delete(place.chunk);
    this.#opening.add(place.chunk);
    return { chunk: place.chunk, sealed: open.sealed };
  }

  /** The chunk opened, has its hash and is where it belongs; or it was there before, and need not come. */
  chunkDone(chunk: number): void {
    if (!this.#opening.delete(chunk) && this.#done[chunk] !== 1) this.#spare(chunk);
    if (this.#done[chunk] === 1) return;
    this.#done[chunk] = 1;
    if (chunk > 0) this.#contentDone++;
  }

  /** What was here before is known by now. */
  foundKept(): void {
    this.#listOnly = false;
  }

  /** Counts as here what of this chunk has not come. */
  #spare(chunk: number): void {
    const open = this.#open.get(chunk);
    this.#arrived += open?.left ?? piecesOf(this.layout, chunk);
    if (open === undefined) return;
    this.#outstanding = Math.max(0, this.#outstanding - open.pieces.filter((state) => state === 1).length);
    this.#open.delete(chunk);
  }

  /** The chunk is not what was offered: to be asked for again. False when that has happened too often. */
  chunkBad(chunk: number): boolean {
    this.#opening.delete(chunk);
    this.#arrived -= piecesOf(this.layout, chunk);
    const times = (this.#bad.get(chunk) ?? 0) + 1;
    this.#bad.set(chunk, times);
    if (chunk <= this.#nextChunk) {
      this.#nextChunk = chunk;
      this.#nextPiece = 0;
    }
    return times < badChunks;
  }

  #measure(position: number, now: number): void {
    const { at, arrived } = this.#rate;
    if (now - at >= 100) this.#rate = { at: now, arrived: this.#arrived, perMs: (this.#arrived - arrived) / (now - at) };
    if (this.#probe?.position !== position) return;
    const trip = now - this.#probe.at;
    this.#probe = null;
    this.#quickest = Math.min(this.#quickest, trip);
    const slack = slackMs[this.#path];
    if (trip < this.#quickest + slack) this.#window = Math.min(widest[this.#path], this.#window * 2);
    else this.#window = Math.max(leastWindow, Math.min(this.#window, Math.ceil(this.#rate.perMs * (this.#quickest + slack))));
  }

  // ---------------------------------------------------------------- the person and the path

  pause(): void {
    this.#paused = true;
  }

  resume(now: number): void {
    this.#paused = false;
    this.#heardAt = now;
    this.#askAgain();
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** What is under way on the old path may be lost: ask again. */
  pathChanged(path: 'direct' | 'relay', now: number): void {
    this.#path = path;
    this.#heardAt = now;
    this.#silences = 0;
    this.#narrow();
    if (this.#outstanding > 0) this.#askAgain();
  }
}

/** Adds a position to the last span or in a new one; false where no more spans fit. */
function extend(spans: PieceSpan[], position: number): boolean {
  const last = spans.at(-1);
  if (last !== undefined && last.from + last.count === position && position % piecesPerChunk !== 0) {
    spans[spans.length - 1] = { from: last.from, count: last.count + 1 };
    return true;
  }
  if (spans.length >= wantSpans) return false;
  spans.push({ from: position, count: 1 });
  return true;
}
