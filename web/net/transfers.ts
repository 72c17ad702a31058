/**
 * Runs the transfers of one room (protocol.md "Files"): answers what others want of our files, and fetches what the person wants of theirs.
 * Loaded with the first file. Bytes are read, sealed, opened and written in a worker (web/worker/files.worker.ts); here they are only
 * cut into frames and put together again.
 *
 * Each chunk is sealed once and kept for a moment, whoever asks for it. Frames go by the link where the pair has one, else by the
 * relay, and there only while the socket has next to nothing to send: what people say never waits behind a file.
 */
import { hex, unhex } from '../../shared/bytes.ts';
import { AskPace } from '../../shared/files/ask-pace.ts';
import { Intake } from '../../shared/files/intake.ts';
import { type Layout, layoutOf } from '../../shared/files/layout.ts';
import { type Due, Outlet } from '../../shared/files/outlet.ts';
import { limits } from '../../shared/limits.ts';
import type { Random } from '../../shared/ports.ts';
import type { MessageId, PeerId, PeerPath } from '../../shared/room/types.ts';
import {
  decodeControl,
  decodeFileFrame,
  encodeControl,
  encodeFileFrame,
  type FileAbout,
  type FileControl,
  type FileOffer,
  type GoneReason,
  pieceBytes,
} from '../../shared/wire/file.ts';
import type { SinkChoice } from '../worker/file-sinks.ts';
import type { FilesOrder, FilesReport } from '../worker/files-clerk.ts';
import type { FileEar } from './driver.ts';
import { RelayPace } from './relay-pace.ts';

export interface TransferPorts {
  readonly now: () => number;
  readonly after: (ms: number, callback: () => void) => () => void;
  readonly random: Random;
  sendControl(peer: PeerId, control: Uint8Array): void;
  /** False while the link has no room; `room` tells when it has. */
  sendByLink(peer: PeerId, frame: Uint8Array): boolean;
  sendByRelay(peer: PeerId, frame: Uint8Array): void;
  /** Bytes that wait for the relay. */
  relayWaiting(): number;
  /** `broke`: its code could not be fetched, or failed; nothing comes from it any more. */
  openWorker(heard: (report: FilesReport) => void, broke: () => void): FilesWorker;
  show(news: TransferNews): void;
}

export interface FilesWorker {
  post(order: FilesOrder, transfer?: Transferable[]): void;
  close(): void;
}

export type TransferNews =
  | {
      readonly type: 'sending';
      readonly file: MessageId;
      readonly peer: PeerId;
      readonly part: number;
      readonly state: 'going' | 'stopped' | 'done';
    }
  | { readonly type: 'withdrawn'; readonly file: MessageId }
  /** `peer` says so; it is true where the file is its own. */
  | { readonly type: 'gone'; readonly file: MessageId; readonly peer: PeerId }
  /** Bytes of the file that have come, or nearly. */
  | { readonly type: 'receiving'; readonly file: MessageId; readonly bytes: number }
  /** Proven and written; `blob` where it was kept in memory. */
  | { readonly type: 'received'; readonly file: MessageId; readonly blob: Blob | undefined }
  | { readonly type: 'failed'; readonly file: MessageId; readonly why: FailReason };

export type FailReason = 'withdrawn' | 'unreadable' | 'refused' | 'left' | 'damaged' | 'unwritable';

type Bytes = Uint8Array<ArrayBuffer>;

interface Ours {
  readonly worker: number;
  readonly layout: Layout;
  readonly sealed: Map<number, Bytes>;
  readonly sealing: Set<number>;
  /** Once it is offered. */
  id: MessageId | null;
}

interface Theirs {
  readonly worker: number;
  readonly id: MessageId;
  readonly peer: PeerId;
  readonly tag: number;
  readonly intake: Intake;
  /** Null while no timer runs. */
  stopTimer: (() => void) | null;
  /** The worker's clock runs until the next ask may be sent: a hidden page's own is slow. */
  askingSoon: boolean;
  shownAt: number;
}

interface Preparing {
  readonly hashed: (part: number) => void;
  readonly done: (root: Bytes) => void;
  readonly failed: (error: Error) => void;
}

/** A file's frames are too large for a member to carry: they wait for a relay that reaches both, or a direct link. */
const carriesFiles = (path: PeerPath): boolean => path !== 'reconnecting' && path !== 'carried';

/** Sealed chunks kept in all: the one that is sent, those that come next, and some for receivers that are behind. */
const sealedKept = 12;
const sealedAhead = 2;
const showMs = 250;
/** Of the worker's clocks the one for the relay's socket; the others are called as the files that wait. */
const relayClock = 0;

export class Transfers implements FileEar {
  readonly #ports: TransferPorts;
  /** Null until there is something to do, and after it broke. */
  #worker: FilesWorker | null = null;
  readonly #paths = new Map<PeerId, PeerPath>();
  readonly #ours = new Map<MessageId, Ours>();
  readonly #offered = new Map<FileOffer, Ours>();
  readonly #oursByWorker = new Map<number, Ours>();
  readonly #outlets = new Map<PeerId, Outlet<Ours>>();
  readonly #askPaces = new Map<PeerId, AskPace>();
  readonly #theirs = new Map<MessageId, Theirs>();
  readonly #theirsByWorker = new Map<number, Theirs>();
  readonly #theirsByTag = new Map<string, Theirs>();
  readonly #preparing = new Map<number, Preparing>();
  readonly #frame = new Uint8Array(limits.frameBytes);
  readonly #sendingShownAt = new Map<string, number>();
  /** Frames and records that made no sense, by reason. */
  readonly drops = new Map<string, number>();
  readonly #pace = new RelayPace();
  #lastNumber = 0;
  #pacing = false;

  constructor(ports: TransferPorts) {
    this.#ports = ports;
  }

  /** The room is over. `keep`: the page is loaded anew, and may go on where it was. */
  close(keep: boolean): void {
    for (const theirs of this.#theirs.values()) {
      theirs.stopTimer?.();
      this.#post({ do: 'forget', id: theirs.worker, keep });
    }
    this.#theirs.clear();
    this.#theirsByTag.clear();
    this.#theirsByWorker.clear();
    this.#outlets.clear();
    this.#ours.clear();
    this.#ports.after(1000, () => this.#worker?.close()); // what was begun on the disk is taken back first
  }

  #post(order: FilesOrder, transfer?: Transferable[]): void {
    if (this.#worker === null && order.do === 'forget') return;
    this.#worker ??= this.#ports.openWorker(
      (report) => this.#reported(report),
      () => this.#broke(),
    );
    this.#worker.post(order, transfer);
  }

  /** Everything that was under way in the worker is lost. Whoever tries again gets another. */
  #broke(): void {
    this.#worker?.close();
    this.#worker = null;
    this.#pacing = false;
    for (const { failed } of this.#preparing.values()) failed(new Error('no worker'));
    for (const theirs of [...this.#theirs.values()]) this.#failAndStop(theirs, 'unwritable');
    for (const id of [...this.#ours.keys()]) this.#withdraw(id, 'unreadable');
  }

  // ---------------------------------------------------------------- people

  personIs(peer: PeerId, path: PeerPath): void {
    if (this.#paths.get(peer) === path) return;
    this.#paths.set(peer, path);
    if (!carriesFiles(path)) return;
    for (const theirs of this.#theirs.values()) {
      if (theirs.peer !== peer) continue;
      theirs.intake.pathChanged(this.#byLink(peer) ? 'direct' : 'relay', this.#ports.now());
      this.#ask(theirs);
    }
    this.#pump(peer);
  }

  personLeft(peer: PeerId): void {
    this.#paths.delete(peer);
    this.#outlets.delete(peer);
    this.#askPaces.delete(peer);
    for (const theirs of [...this.#theirs.values()]) if (theirs.peer === peer) this.#fail(theirs, 'left');
  }

  #byLink(peer: PeerId): boolean {
    const path = this.#paths.get(peer);
    return path === 'direct' || path === 'turn';
  }

  // ---------------------------------------------------------------- our files

  /** Reads a file through once, and makes its offer; `hashed` hears which part is done. Rejects where it cannot be read, or was given up. */
  async prepare(file: Blob, name: string, about: FileAbout, hashed: (part: number) => void, signal: AbortSignal): Promise<FileOffer> {
    signal.throwIfAborted();
    const key = this.#ports.random(32) as Bytes;
    const id = ++this.#lastNumber;
    const layout = layoutOf(file.size);
    const { promise, resolve, reject } = Promise.withResolvers<Bytes>();
    const giveUp = (): void => {
      this.#post({ do: 'forget', id, keep: false });
      reject(new Error('given up'));
    };
    signal.addEventListener('abort', giveUp);
    this.#preparing.set(id, { hashed: (chunks) => hashed(chunks / layout.chunks), done: resolve, failed: reject });
    this.#post({ do: 'prepare', id, file, key });
    const root = await promise.finally(() => {
      signal.removeEventListener('abort', giveUp);
      this.#preparing.delete(id);
    });
    const offer: FileOffer = { key, root, size: file.size, name, mediaType: file.type, about };
    const ours: Ours = { worker: id, layout, sealed: new Map(), sealing: new Set(), id: null };
    this.#offered.set(offer, ours);
    this.#oursByWorker.set(id, ours);
    return offer;
  }

  /** The offer has become this message. */
  offeredAs(offer: FileOffer, id: MessageId): void {
    const ours = this.#offered.get(offer);
    if (ours === undefined) return;
    if (ours.id !== null) this.#ours.delete(ours.id);
    ours.id = id;
    this.#ours.set(id, ours);
  }

  /** Nobody gets it from now on; whoever is getting it is told. */
  withdraw(id: MessageId): void {
    this.#withdraw(id, 'withdrawn');
  }

  #withdraw(id: MessageId, reason: GoneReason): void {
    const ours = this.#ours.get(id);
    if (ours === undefined) return;
    this.#ours.delete(id);
    this.#oursByWorker.delete(ours.worker);
    for (const [offer, each] of this.#offered) if (each === ours) this.#offered.delete(offer);
    ours.sealed.clear();
    this.#post({ do: 'forget', id: ours.worker, keep: false });
    for (const outlet of this.#outlets.values()) outlet.stop(ours);
    for (const peer of this.#paths.keys()) this.#say(peer, { op: 'gone', file: unhex(id), reason });
    this.#ports.show({ type: 'withdrawn', file: id });
  }

  #wanted(peer: PeerId, id: MessageId, want: Extract<FileControl, { op: 'want' }>): void {
    const ours = this.#ours.get(id);
    if (ours === undefined) {
      this.#say(peer, { op: 'gone', file: want.file, reason: 'withdrawn' });
      return;
    }
    const outlet = this.#outlets.get(peer) ?? new Outlet<Ours>();
    this.#outlets.set(peer, outlet);
    const answer = outlet.want(ours, ours.layout, want.tag, want.again, want.spans);
    if (answer !== 'queued') {
      this.#count('asked for too much');
      this.#say(peer, { op: 'gone', file: want.file, reason: answer });
      return;
    }
    this.#pump(peer);
  }

  /** Sends this peer what it asked for, as far as there is room and the chunk is sealed. */
  #pump(peer: PeerId): void {
    const outlet = this.#outlets.get(peer);
    const path = this.#paths.get(peer);
    if (outlet === undefined || path === undefined || !carriesFiles(path)) return;
    const byLink = this.#byLink(peer);
    // What the machine is fed may wait for its turn there, and is not counted as waiting for the relay yet.
    let fed = 0;
    for (let due = outlet.next(); due !== null; due = outlet.next()) {
      const sealed = due.file.sealed.get(due.chunk);
      if (sealed === undefined) {
        this.#seal(due.file, due.chunk);
        return;
      }
      if (!byLink && Math.max(fed, this.#ports.relayWaiting()) >= this.#pace.bytes) {
        this.#paceRelay();
        return;
      }
      const piece = sealed.subarray(due.piece * pieceBytes, (due.piece + 1) * pieceBytes);
      fed += limits.frameBytes;
      // What a link takes is copied at once; the machine keeps what it is fed.
      if (!byLink) this.#ports.sendByRelay(peer, encodeFileFrame(due.tag, due.position, piece));
      else if (!this.#ports.sendByLink(peer, encodeFileFrame(due.tag, due.position, piece, this.#frame))) return;
      outlet.advance(due);
      this.#sent(peer, outlet, due);
    }
  }

  #sent(peer: PeerId, outlet: Outlet<Ours>, { file, piece, chunk }: Due<Ours>): void {
    if (piece === 0) for (let ahead = 1; ahead <= sealedAhead; ahead++) this.#seal(file, chunk + ahead);
    const now = this.#ports.now();
    const key = `${file.id} ${peer}`;
    if (file.id === null || now - (this.#sendingShownAt.get(key) ?? Number.NEGATIVE_INFINITY) < showMs) return;
    this.#sendingShownAt.set(key, now);
    this.#ports.show({
      type: 'sending',
      file: file.id,
      peer,
      part: Math.min(0.99, outlet.sent(file) / file.layout.pieces),
      state: 'going',
    });
  }

  #seal(ours: Ours, chunk: number): void {
    if (chunk > ours.layout.chunks || ours.sealed.has(chunk) || ours.sealing.has(chunk)) return;
    ours.sealing.add(chunk);
    this.#post({ do: 'seal', id: ours.worker, chunk });
  }

  #keep(ours: Ours, chunk: number, sealed: Bytes): void {
    ours.sealing.delete(chunk);
    ours.sealed.set(chunk, sealed);
    let kept = 0;
    for (const each of this.#oursByWorker.values()) kept += each.sealed.size;
    for (const each of this.#oursByWorker.values()) {
      for (const oldest of each.sealed.keys()) {
        if (kept <= sealedKept) break;
        if (each === ours && oldest === chunk) continue;
        each.sealed.delete(oldest);
        kept--;
      }
    }
    for (const peer of this.#outlets.keys()) this.#pump(peer);
  }

  /** Looks at the relay's socket again in a moment. The worker's clock is used, since hidden pages get their own once a second. */
  #paceRelay(): void {
    if (this.#pacing) return;
    this.#pacing = true;
    this.#post({ do: 'wait', id: relayClock, ms: this.#pace.lookAfterMs });
  }

  #lookAtRelay(): void {
    this.#pacing = false;
    this.#pace.looked(this.#ports.relayWaiting());
    for (const peer of this.#outlets.keys()) if (!this.#byLink(peer)) this.#pump(peer);
  }

  // ---------------------------------------------------------------- their files

  /** Fetches a file from its author into `sink`. */
  fetch(id: MessageId, peer: PeerId, offer: FileOffer, sink: SinkChoice): void {
    if (this.#theirs.has(id)) return;
    const now = this.#ports.now();
    const pace = this.#askPaces.get(peer) ?? new AskPace(now);
    this.#askPaces.set(peer, pace);
    const intake = new Intake(layoutOf(offer.size), this.#byLink(peer) ? 'direct' : 'relay', now, pace, sink.kind === 'kept');
    const tag = new DataView(this.#ports.random(4).buffer as ArrayBuffer).getUint32(0);
    const theirs: Theirs = { worker: ++this.#lastNumber, id, peer, tag, intake, stopTimer: null, askingSoon: false, shownAt: 0 };
    this.#theirs.set(id, theirs);
    this.#theirsByWorker.set(theirs.worker, theirs);
    this.#theirsByTag.set(`${peer} ${tag}`, theirs);
    const order = { do: 'receive', id: theirs.worker, size: offer.size, key: offer.key as Bytes, root: offer.root as Bytes, sink } as const;
    this.#post(order, sink.kind === 'download' ? [sink.port] : []);
    if (this.#paths.has(peer)) this.#ask(theirs);
    else this.#fail(theirs, 'left');
  }

  pause(id: MessageId): void {
    const theirs = this.#theirs.get(id);
    if (theirs === undefined || theirs.intake.paused) return;
    theirs.intake.pause();
    theirs.stopTimer?.();
    theirs.stopTimer = null;
    this.#say(theirs.peer, { op: 'stop', file: unhex(id) });
  }

  resume(id: MessageId): void {
    const theirs = this.#theirs.get(id);
    if (theirs === undefined) return;
    theirs.intake.resume(this.#ports.now());
    this.#ask(theirs);
  }

  /** The person does not want it any more. */
  cancel(id: MessageId): void {
    const theirs = this.#theirs.get(id);
    if (theirs === undefined) return;
    this.#say(theirs.peer, { op: 'stop', file: unhex(id) });
    this.#forget(theirs);
  }

  #ask(theirs: Theirs): void {
    const ask = theirs.intake.ask(this.#ports.now());
    if (ask !== null) this.#say(theirs.peer, { op: 'want', file: unhex(theirs.id), tag: theirs.tag, ...ask });
    this.#watch(theirs);
  }

  /** One timer, which looks again when it fires: with each piece the moment to doubt moves on. */
  #watch(theirs: Theirs): void {
    const { due, heldBack } = theirs.intake;
    const ms = due - this.#ports.now();
    if (heldBack) {
      if (!theirs.askingSoon) this.#post({ do: 'wait', id: theirs.worker, ms });
      theirs.askingSoon = true;
      return;
    }
    if (theirs.stopTimer !== null || due === Number.POSITIVE_INFINITY) return;
    theirs.stopTimer = this.#ports.after(Math.max(50, ms), () => {
      theirs.stopTimer = null;
      this.#ask(theirs);
    });
  }

  #fail(theirs: Theirs, why: FailReason): void {
    this.#forget(theirs);
    this.#ports.show({ type: 'failed', file: theirs.id, why });
  }

  #forget(theirs: Theirs): void {
    theirs.stopTimer?.();
    this.#theirs.delete(theirs.id);
    this.#theirsByWorker.delete(theirs.worker);
    this.#theirsByTag.delete(`${theirs.peer} ${theirs.tag}`);
    this.#post({ do: 'forget', id: theirs.worker, keep: false });
  }

  // ---------------------------------------------------------------- what peers send

  control(peer: PeerId, bytes: Uint8Array): void {
    const control = this.#decoded(() => decodeControl(bytes));
    if (control === null) return;
    const id = hex(control.file) as MessageId;
    switch (control.op) {
      case 'want':
        this.#wanted(peer, id, control);
        return;
      case 'stop':
      case 'done': {
        const ours = this.#ours.get(id);
        if (ours === undefined) return;
        const outlet = this.#outlets.get(peer);
        outlet?.stop(ours);
        const part = control.op === 'done' ? 1 : (outlet?.sent(ours) ?? 0) / ours.layout.pieces;
        this.#ports.show({ type: 'sending', file: id, peer, part, state: control.op === 'done' ? 'done' : 'stopped' });
        return;
      }
      case 'gone': {
        const theirs = this.#theirs.get(id);
        if (theirs?.peer === peer) this.#fail(theirs, control.reason === 'too-much' ? 'refused' : control.reason);
        else if (theirs === undefined) this.#ports.show({ type: 'gone', file: id, peer });
        return;
      }
    }
  }

  frame(peer: PeerId, bytes: Uint8Array): void {
    const frame = this.#decoded(() => decodeFileFrame(bytes));
    if (frame === null) return;
    const theirs = this.#theirsByTag.get(`${peer} ${frame.tag}`);
    const now = this.#ports.now();
    const taken = theirs?.intake.take(frame.position, frame.piece, now) ?? 'unasked';
    if (theirs === undefined || taken === 'unasked') {
      this.#count('unasked');
      return;
    }
    if (taken !== 'piece') this.#post({ do: 'open', id: theirs.worker, ...taken }, [taken.sealed.buffer]);
    this.#ask(theirs);
    if (now - theirs.shownAt < showMs) return;
    theirs.shownAt = now;
    this.#showReceiving(theirs);
  }

  room(peer: PeerId): void {
    this.#pump(peer);
  }

  #showReceiving({ id, intake }: Theirs): void {
    const { size, pieces } = intake.layout;
    this.#ports.show({ type: 'receiving', file: id, bytes: Math.min(size, Math.floor((intake.piecesHere / pieces) * size)) });
  }

  #say(peer: PeerId, control: FileControl): void {
    this.#ports.sendControl(peer, encodeControl(control));
  }

  #decoded<Value>(decode: () => Value): Value | null {
    try {
      return decode();
    } catch (error) {
      this.#count(error instanceof Error && 'code' in error ? String(error.code) : 'broken');
      return null;
    }
  }

  #count(reason: string): void {
    this.drops.set(reason, (this.drops.get(reason) ?? 0) + 1);
  }

  // ---------------------------------------------------------------- what the worker reports

  #reported(report: FilesReport): void {
    const theirs = this.#theirsByWorker.get(report.id);
    const ours = this.#oursByWorker.get(report.id);
    switch (report.did) {
      case 'hashed':
        this.#preparing.get(report.id)?.hashed(report.chunks);
        return;
      case 'prepared':
        this.#preparing.get(report.id)?.done(report.root);
        return;
      case 'sealed':
        if (ours !== undefined) this.#keep(ours, report.chunk, report.sealed);
        return;
      case 'waited':
        if (report.id === relayClock) this.#lookAtRelay();
        if (theirs === undefined) return;
        theirs.askingSoon = false;
        this.#ask(theirs);
        return;
      case 'looked':
        if (theirs === undefined) return;
        theirs.intake.foundKept();
        this.#ask(theirs);
        return;
      case 'opened':
        if (theirs !== undefined) this.#opened(theirs, report.chunk);
        return;
      case 'refused':
        if (theirs === undefined) return;
        this.#count('refused chunk');
        if (theirs.intake.chunkBad(report.chunk)) this.#ask(theirs);
        else this.#failAndStop(theirs, 'damaged');
        return;
      case 'finished':
        if (theirs !== undefined) this.#finished(theirs, report.blob);
        return;
      case 'failed':
        this.#preparing.get(report.id)?.failed(new Error(report.why));
        if (theirs !== undefined) this.#failAndStop(theirs, report.why);
        if (ours?.id) this.#withdraw(ours.id, 'unreadable');
        return;
    }
  }

  #opened(theirs: Theirs, chunk: number): void {
    theirs.intake.chunkDone(chunk);
    if (!theirs.intake.complete) this.#ask(theirs);
    else {
      theirs.stopTimer?.();
      this.#post({ do: 'finish', id: theirs.worker });
    }
  }

  #finished(theirs: Theirs, blob: Blob | undefined): void {
    this.#say(theirs.peer, { op: 'done', file: unhex(theirs.id) });
    this.#forget(theirs);
    this.#ports.show({ type: 'received', file: theirs.id, blob });
  }

  #failAndStop(theirs: Theirs, why: FailReason): void {
    this.#say(theirs.peer, { op: 'stop', file: unhex(theirs.id) });
    this.#fail(theirs, why);
  }
}
