/**
 * A direct link over a WebRTC data channel, by simple-peer (protocol.md "Paths"). Loaded when the first link is dialled
 * (lazy-link.ts); a relay-only room never comes here.
 *
 * What simple-peer does not do is done here: a deadline (it says nothing when no candidate works), validation of signals
 * (it destroys itself on junk), bounded waiting on `bufferedAmount` (its stream interface crawls in a hidden tab, so `.write()` is
 * never used), explicit ICE servers (its default contacts strangers), one description a side (a second would change
 * the fingerprints that the peer was shown). A failed peer is not repaired; the room machine dials a new link.
 */
import SimplePeer from 'simple-peer/simplepeer.min.js';
import { LinkPace } from '../../shared/files/link-pace.ts';
import { limits } from '../../shared/limits.ts';
import type { DirectPath, LinkFingerprints } from '../../shared/room/types.ts';
import { decodeReceipt, encodeReceipt, receiptEvery } from '../../shared/wire/file.ts';
import type { Link, LinkEvents, LinkSetup, OpenLink } from './link.ts';
import { fingerprintOf, parseSignal } from './signal.ts';

/** Handed to the browser at a time; the rest waits here, where closing the link frees it. */
const browserBytes = 1024 * 1024;
const goodbyeMs = 1000;
/** The second channel, for files: both sides know its number, so nothing is announced. */
const fileChannel = { negotiated: true, id: 7, ordered: false } as const;
const fileBytes = 1024 * 1024;

export const openRtcLink: OpenLink = (setup, events) => new RtcLink(setup, events);

class RtcLink implements Link {
  readonly #offers: boolean;
  readonly #events: LinkEvents;
  readonly #peer: SimplePeer;
  readonly #deadline: ReturnType<typeof setTimeout>;
  #described = false;
  #state: 'dialling' | 'open' | 'closed' = 'dialling';
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #files: RTCDataChannel | undefined;
  readonly #filePace = new LinkPace();
  #fileFrames = 0;

  constructor({ offers, iceServers }: LinkSetup, events: LinkEvents) {
    this.#offers = offers;
    this.#events = events;
    this.#deadline = setTimeout(() => this.#fail(), limits.linkDeadlineMs);
    const config = { iceServers: iceServers.map(({ urls, ...login }) => ({ ...login, urls: [...urls] })) };
    this.#peer = new SimplePeer({ initiator: offers, trickle: true, channelName: 'room', config });
    this.#peer.on('signal', (signal) => this.#state !== 'closed' && events.signal(JSON.stringify(signal)));
    this.#peer.on('connect', () => this.#opened());
    this.#peer.on('data', (bytes) => this.#received(bytes));
    this.#peer.on('error', () => this.#fail());
    this.#peer.on('close', () => this.#fail());
  }

  signal(text: string): void {
    const signal = parseSignal(text);
    if (signal === undefined || this.#state === 'closed') return;
    if (signal.type !== 'candidate') {
      if (signal.type !== (this.#offers ? 'answer' : 'offer') || this.#described) return;
      this.#described = true;
    }
    this.#peer.signal(signal);
  }

  send(bytes: Uint8Array): void {
    if (this.#state !== 'open') return;
    this.#waiting.push(Uint8Array.from(bytes));
    this.#waitingBytes += bytes.length;
    this.#pump();
  }

  waitingBytes(): number {
    return this.#state === 'open' ? this.#waitingBytes + (this.#peer._channel?.bufferedAmount ?? 0) : 0;
  }

  sendFile(frame: Uint8Array): boolean {
    const files = this.#files;
    if (files?.readyState !== 'open' || files.bufferedAmount >= fileBytes || !this.#filePace.hasRoom) return false;
    try {
      files.send(frame as Uint8Array<ArrayBuffer>);
      this.#filePace.sent(performance.now());
      return true;
    } catch {
      return false; // the browser's own queue is full
    }
  }

  async path(): Promise<DirectPath> {
    const report = await this.#peer._pc?.getStats();
    return report !== undefined && usesTurn(report) ? 'turn' : 'direct';
  }

  close(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearTimeout(this.#deadline);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#hangUp();
  }

  /** A closing channel still sends what it holds (a goodbye, mostly), which a destroyed peer does not. */
  #hangUp(): void {
    const peer = this.#peer;
    if (peer._channel?.readyState !== 'open') peer.destroy();
    else {
      peer._channel.close();
      setTimeout(() => peer.destroy(), goodbyeMs);
    }
  }

  #fail(): void {
    if (this.#state === 'closed') return;
    this.close();
    this.#events.closed();
  }

  #opened(): void {
    if (this.#state !== 'dialling') return;
    const fingerprints = this.#fingerprints();
    const channel = this.#peer._channel;
    if (fingerprints === undefined || channel === null) {
      this.#fail();
      return;
    }
    clearTimeout(this.#deadline);
    clearInterval(this.#peer._closingInterval ?? undefined); // a page of ten would wake twice a second, and the next send finds out as well
    this.#state = 'open';
    channel.bufferedAmountLowThreshold = browserBytes / 2;
    channel.addEventListener('bufferedamountlow', () => this.#pump());
    // In place of simple-peer's, which makes a stream of it, with a timer for every frame.
    channel.onmessage = ({ data }) => data instanceof ArrayBuffer && this.#received(new Uint8Array(data));
    this.#openFiles();
    this.#events.open(fingerprints);
  }

  #openFiles(): void {
    const files = this.#peer._pc?.createDataChannel('files', fileChannel);
    if (files === undefined) return;
    this.#files = files;
    files.binaryType = 'arraybuffer';
    files.bufferedAmountLowThreshold = fileBytes / 2;
    files.onbufferedamountlow = () => this.#state === 'open' && this.#events.fileRoom();
    files.onopen = () => {
      if (this.#state !== 'open') return;
      this.#tellArrived(files);
      this.#events.fileRoom();
    };
    files.onmessage = ({ data }) => {
      if (this.#state === 'open' && data instanceof ArrayBuffer) this.#receivedFile(files, new Uint8Array(data));
    };
  }

  #receivedFile(files: RTCDataChannel, bytes: Uint8Array): void {
    const arrived = decodeReceipt(bytes);
    if (arrived !== null) {
      this.#filePace.receipt(arrived, performance.now());
      this.#events.fileRoom();
      return;
    }
    if (++this.#fileFrames % receiptEvery === 0) this.#tellArrived(files);
    this.#events.file(bytes);
  }

  #tellArrived(files: RTCDataChannel): void {
    try {
      files.send(encodeReceipt(this.#fileFrames) as Uint8Array<ArrayBuffer>);
    } catch {
      // the channel is closing
    }
  }

  #fingerprints(): LinkFingerprints | undefined {
    const connection = this.#peer._pc;
    const local = fingerprintOf(connection?.currentLocalDescription?.sdp ?? '');
    const remote = fingerprintOf(connection?.currentRemoteDescription?.sdp ?? '');
    return local === undefined || remote === undefined ? undefined : { local, remote };
  }

  /** Frames can overtake `connect`, which waits for statistics; they mean that the link is open. */
  #received(bytes: Uint8Array): void {
    if (this.#state === 'dialling') this.#opened();
    if (this.#state === 'open') this.#events.bytes(Uint8Array.from(bytes));
  }

  /** Hands over frames while the browser's own queue is short. */
  #pump(): void {
    const channel = this.#peer._channel;
    if (this.#state !== 'open' || !channel) return;
    let sent = 0;
    try {
      while (sent < this.#waiting.length && channel.bufferedAmount < browserBytes) {
        const frame = this.#waiting[sent++]!;
        this.#waitingBytes -= frame.length;
        channel.send(frame as Uint8Array<ArrayBuffer>);
      }
    } catch {
      this.#fail(); // the channel is closing, or its queue is full
    }
    this.#waiting.splice(0, sent);
  }
}

/** Whether the pair of candidates in use has a relayed end. Chromium names the pair in `transport`, Firefox marks it `selected`. */
function usesTurn(report: RTCStatsReport): boolean {
  const entries = [...report.values()] as Record<string, unknown>[];
  const chosen = entries.find(({ type }) => type === 'transport')?.['selectedCandidatePairId'];
  const pair = entries.find((entry) => entry['type'] === 'candidate-pair' && (entry['id'] === chosen || entry['selected'] === true));
  const ends = [pair?.['localCandidateId'], pair?.['remoteCandidateId']];
  return entries.some(({ id, candidateType }) => ends.includes(id) && candidateType === 'relay');
}
