/**
 * The bytes of files, off the page's own thread (protocol.md "Files"): hashing before an offer, reading and sealing what is asked for, opening,
 * proving and writing what comes. The page sees sealed chunks only. One file's trouble ends that file and nothing else.
 */
import { checkList, listedHash, rootOf } from '../../shared/files/chunk.ts';
import { chunkLength, contentLength, hashBytes, type Layout, layoutOf, offsetOf } from '../../shared/files/layout.ts';
import { type ChunkCipher, chunkCipher, hasHash, hashOf } from './chunk-cipher.ts';
import { type FileSink, openSink, type SinkChoice } from './file-sinks.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** Files are called by numbers that the page gives. */
export type FilesOrder =
  /** Ours: hash it, so that it can be offered. */
  | { readonly do: 'prepare'; readonly id: number; readonly file: Blob; readonly key: Bytes }
  | { readonly do: 'seal'; readonly id: number; readonly chunk: number }
  /** Theirs: be ready for its chunks. */
  | {
      readonly do: 'receive';
      readonly id: number;
      readonly size: number;
      readonly key: Bytes;
      readonly root: Bytes;
      readonly sink: SinkChoice;
    }
  | { readonly do: 'open'; readonly id: number; readonly chunk: number; readonly sealed: Bytes }
  | { readonly do: 'finish'; readonly id: number }
  /** `keep`: a page that is loaded anew may go on with it. */
  | { readonly do: 'forget'; readonly id: number; readonly keep: boolean }
  /** A timer that a hidden page's clock does not slow down. */
  | { readonly do: 'wait'; readonly id: number; readonly ms: number };

export type FilesReport =
  | { readonly did: 'hashed'; readonly id: number; readonly chunks: number }
  | { readonly did: 'prepared'; readonly id: number; readonly root: Bytes }
  | { readonly did: 'sealed'; readonly id: number; readonly chunk: number; readonly sealed: Bytes }
  | { readonly did: 'opened' | 'refused'; readonly id: number; readonly chunk: number }
  | { readonly did: 'finished'; readonly id: number; readonly blob: Blob | undefined }
  | { readonly did: 'waited'; readonly id: number }
  /** What an earlier page had written is reported as opened by now. */
  | { readonly did: 'looked'; readonly id: number }
  /** `unreadable`: the file changed or is gone. `unwritable`: the disk is full, or the download was given up. */
  | { readonly did: 'failed'; readonly id: number; readonly why: 'unreadable' | 'unwritable' };

interface Ours {
  readonly kind: 'ours';
  readonly file: Blob;
  readonly layout: Layout;
  readonly cipher: ChunkCipher;
  readonly list: Bytes;
}

interface Theirs {
  readonly kind: 'theirs';
  readonly layout: Layout;
  readonly cipher: ChunkCipher;
  readonly root: Bytes;
  readonly sink: FileSink;
  list: Bytes | null;
  /** Chunks that came before the list. */
  readonly early: { readonly chunk: number; readonly plaintext: Bytes }[];
}

export class FilesClerk {
  readonly #files = new Map<number, Ours | Theirs>();
  /** Orders of one file, and giving it up, wait until it is set up. */
  readonly #settingUp = new Map<number, Promise<void>>();
  readonly #report: (report: FilesReport, transfer?: Transferable[]) => void;

  constructor(report: (report: FilesReport, transfer?: Transferable[]) => void) {
    this.#report = report;
  }

  take(order: FilesOrder): void {
    void this.#obey(order).catch(() => {
      void this.#abandon(order.id, false);
      this.#report({ did: 'failed', id: order.id, why: order.do === 'prepare' || order.do === 'seal' ? 'unreadable' : 'unwritable' });
    });
  }

  async #obey(order: FilesOrder): Promise<void> {
    if (order.do === 'prepare' || order.do === 'receive') {
      const ready = this.#setUp(order);
      this.#settingUp.set(order.id, ready);
      await ready;
      if (order.do === 'prepare') await this.#hash(order.id);
      return;
    }
    if (order.do === 'wait') {
      setTimeout(() => this.#report({ did: 'waited', id: order.id }), order.ms);
      return;
    }
    if (order.do === 'forget') {
      await this.#abandon(order.id, order.keep);
      return;
    }
    await this.#settingUp.get(order.id);
    const file = this.#files.get(order.id);
    if (file === undefined) return;
    if (order.do === 'seal' && file.kind === 'ours') await this.#seal(order.id, file, order.chunk);
    else if (order.do === 'open' && file.kind === 'theirs') await this.#open(order.id, file, order.chunk, order.sealed);
    else if (order.do === 'finish' && file.kind === 'theirs') {
      this.#report({ did: 'finished', id: order.id, blob: await file.sink.finish() });
      this.#files.delete(order.id);
      this.#settingUp.delete(order.id);
    }
  }

  async #setUp(order: Extract<FilesOrder, { do: 'prepare' | 'receive' }>): Promise<void> {
    const cipher = await chunkCipher(order.key);
    if (order.do === 'prepare') {
      const layout = layoutOf(order.file.size);
      this.#files.set(order.id, { kind: 'ours', file: order.file, layout, cipher, list: new Uint8Array(layout.chunks * hashBytes) });
      return;
    }
    const [layout, sink] = [layoutOf(order.size), await openSink(order.sink)];
    this.#files.set(order.id, { kind: 'theirs', layout, cipher, root: order.root, sink, list: null, early: [] });
  }

  async #abandon(id: number, keep: boolean): Promise<void> {
    await this.#settingUp.get(id)?.catch(() => {});
    const file = this.#files.get(id);
    this.#files.delete(id);
    this.#settingUp.delete(id);
    if (file?.kind === 'theirs') await file.sink.abort(keep).catch(() => {});
  }

  // ---------------------------------------------------------------- ours

  async #hash(id: number): Promise<void> {
    const ours = this.#files.get(id);
    if (ours?.kind !== 'ours') return;
    const { layout, list } = ours;
    for (let chunk = 1; chunk <= layout.chunks; chunk++) {
      list.set(await hashOf(await this.#read(ours, chunk)), (chunk - 1) * hashBytes);
      if (this.#files.get(id) !== ours) return; // given up meanwhile
      if (chunk % 16 === 0) this.#report({ did: 'hashed', id, chunks: chunk });
    }
    this.#report({ did: 'prepared', id, root: rootOf(layout.size, list) as Bytes });
  }

  /** A chunk as it is hashed and sealed, filling included. */
  async #read({ file, layout }: Ours, chunk: number): Promise<Bytes> {
    const from = offsetOf(chunk);
    const content = new Uint8Array(await file.slice(from, from + contentLength(layout, chunk)).arrayBuffer());
    if (content.length !== contentLength(layout, chunk)) throw new Error('the file became shorter');
    if (content.length === chunkLength(layout, chunk)) return content;
    const filled = new Uint8Array(chunkLength(layout, chunk));
    filled.set(content);
    return filled;
  }

  async #seal(id: number, ours: Ours, chunk: number): Promise<void> {
    const plaintext = chunk === 0 ? ours.list.slice() : await this.#read(ours, chunk);
    if (chunk > 0 && !(await hasHash(plaintext, listedHash(ours.list, chunk)))) throw new Error('the file changed'); // two contents under one nonce
    const sealed = await ours.cipher.seal(chunk, plaintext);
    this.#report({ did: 'sealed', id, chunk, sealed }, [sealed.buffer]);
  }

  // ---------------------------------------------------------------- theirs

  async #open(id: number, theirs: Theirs, chunk: number, sealed: Bytes): Promise<void> {
    const plaintext = await theirs.cipher.open(chunk, sealed);
    if (plaintext === null) this.#report({ did: 'refused', id, chunk });
    else if (chunk === 0) await this.#takeList(id, theirs, plaintext);
    else if (theirs.list === null) theirs.early.push({ chunk, plaintext });
    else await this.#write(id, theirs, theirs.list, chunk, plaintext);
  }

  async #takeList(id: number, theirs: Theirs, list: Bytes): Promise<void> {
    try {
      checkList(theirs.layout, theirs.root, list);
    } catch {
      this.#report({ did: 'refused', id, chunk: 0 });
      return;
    }
    theirs.list = list;
    this.#report({ did: 'opened', id, chunk: 0 });
    await this.#findKept(id, theirs, list);
    for (const { chunk, plaintext } of theirs.early.splice(0)) await this.#write(id, theirs, list, chunk, plaintext);
  }

  /** Chunks that an earlier page wrote prove themselves as those that come. */
  async #findKept(id: number, { sink, layout }: Theirs, list: Bytes): Promise<void> {
    if (sink.read === undefined) return;
    for (let chunk = 1; chunk <= layout.chunks && this.#files.has(id); chunk++) {
      const content = sink.read(offsetOf(chunk), contentLength(layout, chunk));
      if (content.length === 0) break;
      const plaintext = new Uint8Array(chunkLength(layout, chunk));
      plaintext.set(content);
      if (await hasHash(plaintext, listedHash(list, chunk))) this.#report({ did: 'opened', id, chunk });
    }
    this.#report({ did: 'looked', id });
  }

  async #write(id: number, theirs: Theirs, list: Bytes, chunk: number, plaintext: Bytes): Promise<void> {
    if (!(await hasHash(plaintext, listedHash(list, chunk)))) {
      this.#report({ did: 'refused', id, chunk });
      return;
    }
    const content = plaintext.subarray(0, contentLength(theirs.layout, chunk));
    if (content.length > 0) await theirs.sink.write(offsetOf(chunk), content);
    this.#report({ did: 'opened', id, chunk });
  }
}
