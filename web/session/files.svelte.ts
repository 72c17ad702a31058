/**
 * The files of one room as components see them. Small pictures and voice notes are fetched by themselves, within a bound, since they are
 * part of what is said; everything else when the person asks. Addresses of pictures are made of what the picture worker
 * drew, never of what a member sent.
 */
import { SvelteMap } from 'svelte/reactivity';
import { cleanFileName, isProgram } from '../../shared/files/name.ts';
import { limits } from '../../shared/limits.ts';
import type { RoomEvent, RoomInput } from '../../shared/room/types.ts';
import type { FileAbout, FileOffer } from '../../shared/wire/file.ts';
import type { TransferNews, Transfers } from '../net/transfers.ts';
import type { SinkChoice } from '../worker/file-sinks.ts';
import type { Pictures, Preview } from '../worker/pictures.ts';
import type { FileFailure, FileReceiver, FileState, FilesView, FileView, TrayFile } from './files-types.ts';
import type { MessageId, PeerId } from './types.ts';

export interface FilesPorts {
  readonly pictures: Pick<Pictures, 'clean' | 'preview' | 'show' | 'close'>;
  transfers(show: (news: TransferNews) => void): Pick<Transfers, keyof Transfers>;
  feed(input: RoomInput): void;
  now(): number;
  /** Where a file that is about to be fetched shall go; asks the person where the browser does. */
  place(file: Wanted): Promise<SinkChoice | 'declined' | 'too-large'>;
  /** Saves what is in memory. */
  save(file: Blob, name: string): void;
  addressOf(blob: Blob): string;
  forgetAddress(address: string): void;
  /** The page is going away, and may come back. */
  isLeaving(): boolean;
}

export interface Wanted {
  readonly id: MessageId;
  readonly name: string;
  readonly size: number;
  readonly mediaType: string;
}

export interface OfferMessage {
  readonly id: MessageId;
  readonly from: 'me' | PeerId;
  readonly file?: FileOffer;
}

/** A file on the tray with what is known of it. */
interface Chosen {
  readonly key: number;
  readonly file: File;
  cleaned: Blob | undefined;
  preview: Preview | undefined;
  looked: Promise<void>;
  readonly aborter: AbortController;
}

/** Not every system knows a type for these: without one a picture would be sent with its place, and nobody told. */
const pictureName = /\.(?:avif|hei[cf]|gif|jpe?g|png|tiff?|webp|dng)$/i;
/** More is not brought into memory to be shown, whatever its sender calls it. */
const showableBytes = 256 * 1024 * 1024;
/** Fetched without being asked for, each and together. */
const unaskedBytes = 8 * 1024 * 1024;
const unaskedBytesInAll = 96 * 1024 * 1024;
const unaskedAtOnce = 2;
const inLogSide = 720;
const largeSide = 2560;
const previewSide = 400;
/** Pictures larger than this are not read whole to be cleaned. */
const cleanableBytes = 64 * 1024 * 1024;
const trayMost = 32;

export class FilesSession implements FilesView {
  tray = $state.raw<readonly TrayFile[]>([]);
  readonly #files = new SvelteMap<MessageId, FileView>();
  readonly #offers = new Map<MessageId, { readonly offer: FileOffer; readonly from: 'me' | PeerId }>();
  readonly #blobs = new Map<MessageId, Blob>();
  readonly #addresses = new Set<string>();
  readonly #names = new Map<PeerId, string>();
  readonly #here = new Set<PeerId>();
  readonly #chosen = new Map<number, Chosen>();
  /** Bytes and when, to tell the speed. */
  readonly #speeds = new Map<MessageId, { at: number; bytes: number; perSecond: number }>();
  /** What the person wants on their own disk, until it is there. */
  readonly #saving = new Set<MessageId>();
  readonly #unasked = new Set<MessageId>();
  #unaskedWaiting: MessageId[] = [];
  #unaskedBytes = 0;
  readonly #ports: FilesPorts;
  readonly #transfers: ReturnType<FilesPorts['transfers']>;
  /** Address of the picture that is shown as large as the screen. */
  #largeAddress: string | undefined;
  #keys = 0;
  #closed = false;

  constructor(ports: FilesPorts) {
    this.#ports = ports;
    this.#transfers = ports.transfers((news) => this.#heard(news));
  }

  of(id: MessageId): FileView | undefined {
    return this.#files.get(id);
  }

  // ---------------------------------------------------------------- the tray

  choose(files: readonly File[]): void {
    for (const file of files.slice(0, trayMost - this.#chosen.size)) {
      const key = ++this.#keys;
      const chosen: Chosen = {
        key,
        file,
        cleaned: undefined,
        preview: undefined,
        looked: Promise.resolve(),
        aborter: new AbortController(),
      };
      this.#chosen.set(key, chosen);
      const why = file.size === 0 ? 'empty' : file.size > limits.fileBytes ? 'too-large' : undefined;
      const isPicture = (file.type.startsWith('image/') || pictureName.test(file.name)) && why === undefined;
      const state = why === undefined ? ({ name: 'chosen' } as const) : ({ name: 'refused', why } as const);
      this.tray = [...this.tray, { key, name: cleanFileName(file.name), size: file.size, metadata: isPicture ? 'looking' : 'none', state }];
      if (isPicture) chosen.looked = this.#look(chosen);
    }
  }

  /** A picture is cleaned before it is shown on the tray, so that what is shown is what is sent. */
  async #look(chosen: Chosen): Promise<void> {
    const { file, key } = chosen;
    if (file.size <= cleanableBytes) {
      chosen.cleaned = await this.#ports.pictures.clean(file);
      chosen.preview = await this.#ports.pictures.preview(file);
    }
    if (!this.#chosen.has(key)) return;
    const preview =
      chosen.preview === undefined || chosen.preview.preview.length === 0
        ? {}
        : { preview: this.#address(new Blob([chosen.preview.preview], { type: 'image/jpeg' })) };
    this.#onTray(key, { metadata: chosen.cleaned === undefined ? 'cannot-remove' : 'removed', ...preview });
  }

  take(key: number): void {
    this.#chosen.get(key)?.aborter.abort();
    this.#chosen.delete(key);
    const gone = this.tray.find((file) => file.key === key);
    if (gone?.preview !== undefined) this.#forgetAddress(gone.preview);
    this.tray = this.tray.filter((file) => file.key !== key);
  }

  keepMetadata(key: number, keep: boolean): void {
    this.#onTray(key, { metadata: keep ? 'kept' : 'removed' });
  }

  async send(): Promise<void> {
    const sendable = this.tray.filter(({ state }) => state.name === 'chosen').map(({ key }) => key);
    for (const key of sendable) this.#onTray(key, { state: { name: 'reading', part: 0 } });
    for (const key of sendable) {
      const chosen = this.#chosen.get(key);
      if (chosen !== undefined) await this.#sendChosen(chosen);
    }
  }

  async #sendChosen(chosen: Chosen): Promise<void> {
    const { key, file, aborter } = chosen;
    await chosen.looked;
    const kept = this.tray.find((each) => each.key === key)?.metadata === 'kept';
    const content = chosen.cleaned === undefined || kept ? file : chosen.cleaned;
    const about: FileAbout = chosen.preview === undefined ? { kind: 'file' } : { kind: 'picture', ...chosen.preview };
    try {
      await this.#offer(
        content,
        cleanFileName(file.name),
        about,
        (part) => this.#onTray(key, { state: { name: 'reading', part } }),
        aborter.signal,
      );
      this.take(key);
    } catch {
      this.#onTray(key, { state: { name: 'refused', why: 'unreadable' } });
    }
  }

  async sendVoice(note: Blob, durationMs: number, levels: Uint8Array): Promise<void> {
    await this.#offer(note, 'voice-note', { kind: 'voice', durationMs, levels }, () => {}, new AbortController().signal);
  }

  async #offer(content: Blob, name: string, about: FileAbout, hashed: (part: number) => void, signal: AbortSignal): Promise<void> {
    const offer = await this.#transfers.prepare(content, name, about, hashed, signal);
    if (signal.aborted || this.#closed) return;
    this.#own.set(offer, content);
    this.#ports.feed({ type: 'offer-file', offer });
  }

  readonly #own = new Map<FileOffer, Blob>();

  #onTray(key: number, change: Partial<TrayFile>): void {
    this.tray = this.tray.map((file) => (file.key === key ? { ...file, ...change } : file));
  }

  // ---------------------------------------------------------------- what the room tells

  /** Everything that the room was told before this part was there is told again. */
  hear(event: RoomEvent): void {
    switch (event.type) {
      case 'person':
        this.#names.set(event.person.peer, event.person.name);
        this.#here.add(event.person.peer);
        this.#transfers.personIs(event.person.peer, event.person.path);
        break;
      case 'person-left':
        this.#here.delete(event.peer);
        this.#transfers.personLeft(event.peer);
        this.#left(event.peer);
        break;
      case 'message':
        this.meet(event.message);
        break;
      case 'message-changed':
        if (event.message.deleted) this.#forget(event.message.id);
        else if (event.was !== event.message.id) this.#rename(event.was, event.message);
        break;
      case 'message-forgotten':
        this.#forget(event.id);
        break;
      case 'phase':
        if (event.phase.name === 'ended') this.close();
        break;
      default:
        break;
    }
  }

  /** A message was shown; most are no file. */
  meet({ id, from, file }: OfferMessage): void {
    if (file === undefined || this.#files.has(id)) return;
    this.#offers.set(id, { offer: file, from });
    this.#files.set(id, this.#firstView(id, from, file));
    if (from === 'me') {
      this.#transfers.offeredAs(file, id);
      this.#showOwn(id, file);
      return;
    }
    void this.#showPreview(id, file);
    if (file.about.kind !== 'file' && this.#here.has(from)) this.#bringUnasked(id, file.size);
  }

  #firstView(id: MessageId, from: 'me' | PeerId, { name, size, about }: FileOffer): FileView {
    const clean = cleanFileName(name);
    const state: FileState = from === 'me' ? { name: 'shared', receivers: [] } : { name: 'offered' };
    return {
      id,
      mine: from === 'me',
      name: clean,
      size,
      kind: about.kind,
      program: isProgram(clean),
      width: about.kind === 'picture' ? about.width : 0,
      height: about.kind === 'picture' ? about.height : 0,
      durationMs: about.kind === 'voice' ? about.durationMs : 0,
      levels: about.kind === 'voice' ? about.levels : new Uint8Array(0),
      unshowable: false,
      state,
    };
  }

  /** One's own message has got its final id. */
  #rename(was: MessageId, message: OfferMessage): void {
    const view = this.#files.get(was);
    const blob = this.#blobs.get(was);
    if (view === undefined || message.file === undefined) return;
    this.#files.delete(was);
    this.#offers.delete(was);
    this.#blobs.delete(was);
    if (blob !== undefined) this.#blobs.set(message.id, blob);
    this.#offers.set(message.id, { offer: message.file, from: message.from });
    this.#files.set(message.id, { ...view, id: message.id });
    this.#transfers.offeredAs(message.file, message.id);
    this.#showOwn(message.id, message.file); // what was being drawn under the old id finds nobody
  }

  #left(peer: PeerId): void {
    for (const [id, { state }] of this.#files) {
      if (state.name !== 'shared' || !state.receivers.some((one) => one.peer === peer && one.state !== 'done')) continue;
      this.#change(id, {
        state: { name: 'shared', receivers: state.receivers.map((one) => (one.peer === peer ? { ...one, state: 'left' } : one)) },
      });
    }
  }

  #forget(id: MessageId): void {
    const view = this.#files.get(id);
    if (view === undefined) return;
    if (view.mine) this.#transfers.withdraw(id);
    else this.#transfers.cancel(id);
    for (const address of [view.picture, view.sound]) if (address !== undefined) this.#forgetAddress(address);
    this.#files.delete(id);
    const known = this.#offers.get(id);
    if (known !== undefined) this.#own.delete(known.offer);
    this.#offers.delete(id);
    this.#saving.delete(id);
    this.#blobs.delete(id);
    this.#ended(id);
  }

  // ---------------------------------------------------------------- fetching and saving

  bring(id: MessageId): void {
    const offer = this.#offers.get(id)?.offer;
    if (offer === undefined) return;
    if (offer.size > showableBytes) this.#change(id, { unshowable: true });
    else this.#fetch(id, { kind: 'memory', mediaType: offer.mediaType });
  }

  tryAgain(id: MessageId): void {
    if (this.#saving.has(id) || this.#files.get(id)?.kind === 'file') void this.save(id);
    else this.bring(id);
  }

  #bringUnasked(id: MessageId, size: number): void {
    if (size > unaskedBytes || this.#unaskedBytes + size > unaskedBytesInAll) return;
    this.#unaskedBytes += size;
    this.#unaskedWaiting.push(id);
    this.#nextUnasked();
  }

  #nextUnasked(): void {
    while (this.#unasked.size < unaskedAtOnce) {
      const id = this.#unaskedWaiting.shift();
      if (id === undefined) return;
      if (this.#files.get(id)?.state.name !== 'offered') continue;
      this.#unasked.add(id);
      this.bring(id);
    }
  }

  async save(id: MessageId): Promise<void> {
    const view = this.#files.get(id);
    const offer = this.#offers.get(id)?.offer;
    if (view === undefined || offer === undefined) return;
    const here = this.#blobs.get(id);
    if (here !== undefined) {
      this.#ports.save(here, view.name);
      return;
    }
    if (view.state.name === 'receiving') {
      this.#saving.add(id); // on its way into memory
      return;
    }
    const sink = await this.#ports.place({ id, name: view.name, size: view.size, mediaType: offer.mediaType });
    if (sink === 'declined') return;
    this.#saving.add(id);
    if (sink === 'too-large') this.#change(id, { state: { name: 'failed', why: 'too-large' } });
    else this.#fetch(id, sink);
  }

  #fetch(id: MessageId, sink: SinkChoice): void {
    const known = this.#offers.get(id);
    if (known === undefined || known.from === 'me') return;
    this.#speeds.set(id, { at: this.#ports.now(), bytes: 0, perSecond: 0 });
    this.#change(id, { state: { name: 'receiving', bytes: 0, perSecond: 0 } });
    this.#transfers.fetch(id, known.from, known.offer, sink);
  }

  pause(id: MessageId): void {
    const state = this.#files.get(id)?.state;
    if (state?.name !== 'receiving') return;
    this.#transfers.pause(id);
    this.#change(id, { state: { ...state, name: 'paused', perSecond: 0 } });
  }

  resume(id: MessageId): void {
    const state = this.#files.get(id)?.state;
    if (state?.name !== 'paused') return;
    this.#speeds.set(id, { at: this.#ports.now(), bytes: state.bytes, perSecond: 0 });
    this.#change(id, { state: { ...state, name: 'receiving' } });
    this.#transfers.resume(id);
  }

  cancel(id: MessageId): void {
    if (this.#files.get(id)?.mine) {
      this.#transfers.withdraw(id);
      return;
    }
    this.#transfers.cancel(id);
    this.#saving.delete(id);
    this.#change(id, { state: { name: 'offered' } });
    this.#ended(id);
  }

  async large(id: MessageId): Promise<string | undefined> {
    const blob = this.#blobs.get(id);
    const shown = blob === undefined ? undefined : await this.#ports.pictures.show(blob, largeSide);
    if (this.#largeAddress !== undefined) this.#forgetAddress(this.#largeAddress);
    this.#largeAddress = shown === undefined || this.#closed ? undefined : this.#address(shown);
    return this.#largeAddress;
  }

  // ---------------------------------------------------------------- what the transfers tell

  #heard(news: TransferNews): void {
    switch (news.type) {
      case 'sending':
        this.#sending(news);
        return;
      case 'withdrawn':
        this.#change(news.file, { state: { name: 'withdrawn' } });
        return;
      case 'gone':
        this.#gone(news);
        return;
      case 'receiving':
        this.#receiving(news.file, news.bytes);
        return;
      case 'received':
        void this.#received(news.file, news.blob);
        return;
      case 'failed':
        this.#change(news.file, {
          state: news.why === 'withdrawn' ? { name: 'withdrawn' } : { name: 'failed', why: news.why satisfies FileFailure },
        });
        this.#ended(news.file);
        return;
    }
  }

  #gone({ file, peer }: Extract<TransferNews, { type: 'gone' }>): void {
    const stage = this.#files.get(file)?.state.name;
    // What failed says why; what was asked for before that is answered by this as well.
    if (this.#offers.get(file)?.from === peer && stage !== 'here' && stage !== 'failed')
      this.#change(file, { state: { name: 'withdrawn' } });
  }

  #sending({ file, peer, part, state }: Extract<TransferNews, { type: 'sending' }>): void {
    const view = this.#files.get(file);
    if (view?.state.name !== 'shared') return;
    const receiver: FileReceiver = { peer, name: this.#names.get(peer) ?? '', part, state };
    const at = view.state.receivers.findIndex((one) => one.peer === peer);
    if (at >= 0 && view.state.receivers[at]?.state === 'done') return;
    const receivers = at < 0 ? [...view.state.receivers, receiver] : view.state.receivers.with(at, receiver);
    this.#change(file, { state: { name: 'shared', receivers } });
  }

  #receiving(id: MessageId, bytes: number): void {
    if (this.#files.get(id)?.state.name !== 'receiving') return;
    const now = this.#ports.now();
    const speed = this.#speeds.get(id);
    if (speed !== undefined && now - speed.at >= 1000) {
      const latest = ((bytes - speed.bytes) * 1000) / (now - speed.at);
      this.#speeds.set(id, { at: now, bytes, perSecond: speed.perSecond === 0 ? latest : (speed.perSecond + latest) / 2 });
    }
    this.#change(id, { state: { name: 'receiving', bytes, perSecond: Math.max(0, this.#speeds.get(id)?.perSecond ?? 0) } });
  }

  async #received(id: MessageId, blob: Blob | undefined): Promise<void> {
    const view = this.#files.get(id);
    if (view === undefined) return;
    this.#ended(id);
    const wantedOnDisk = this.#saving.delete(id);
    if (blob === undefined) {
      this.#change(id, { state: { name: 'saved' } });
      return;
    }
    this.#blobs.set(id, blob);
    this.#change(id, { state: { name: 'here' } });
    if (wantedOnDisk) this.#ports.save(blob, view.name);
    if (view.kind === 'picture') await this.#showWhole(id, blob);
    else if (view.kind === 'voice') this.#showSound(id, blob);
  }

  #ended(id: MessageId): void {
    this.#speeds.delete(id);
    if (this.#unasked.delete(id)) this.#nextUnasked();
  }

  // ---------------------------------------------------------------- pictures and sound

  async #showPreview(id: MessageId, { about }: FileOffer): Promise<void> {
    if (about.kind !== 'picture' || about.preview.length === 0) return;
    const shown = await this.#ports.pictures.show(new Blob([about.preview as Uint8Array<ArrayBuffer>]), previewSide);
    const view = this.#files.get(id);
    if (shown !== undefined && view !== undefined && view.picture === undefined) this.#change(id, { picture: this.#address(shown) });
  }

  async #showWhole(id: MessageId, blob: Blob): Promise<void> {
    const shown = await this.#ports.pictures.show(blob, inLogSide);
    if (!this.#files.has(id)) return;
    const before = this.#files.get(id)?.picture;
    if (shown === undefined) this.#change(id, { unshowable: true });
    else {
      this.#change(id, { picture: this.#address(shown) });
      if (before !== undefined) this.#forgetAddress(before);
    }
  }

  #showSound(id: MessageId, blob: Blob): void {
    if (blob.type.startsWith('audio/')) this.#change(id, { sound: this.#address(blob) });
    else this.#change(id, { unshowable: true });
  }

  #showOwn(id: MessageId, offer: FileOffer): void {
    const content = this.#own.get(offer);
    if (content === undefined || offer.about.kind === 'file') return;
    this.#blobs.set(id, content);
    if (offer.about.kind === 'picture') void this.#showWhole(id, content);
    else this.#showSound(id, content);
  }

  #address(blob: Blob): string {
    const address = this.#ports.addressOf(blob);
    this.#addresses.add(address);
    return address;
  }

  #forgetAddress(address: string): void {
    this.#addresses.delete(address);
    this.#ports.forgetAddress(address);
  }

  /** Files can have been renamed or forgotten while something was made of them. */
  #change(id: MessageId, change: Partial<FileView>): void {
    const view = this.#files.get(id);
    if (view !== undefined) this.#files.set(id, { ...view, ...change });
  }

  /** The room is over: nothing of its files stays here. What was saved, was saved. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#transfers.close(this.#ports.isLeaving());
    this.#ports.pictures.close();
    for (const { aborter } of this.#chosen.values()) aborter.abort();
    for (const address of this.#addresses) this.#ports.forgetAddress(address);
    for (const held of [this.#addresses, this.#files, this.#offers, this.#blobs, this.#own, this.#chosen, this.#names]) held.clear();
    this.tray = [];
  }
}
