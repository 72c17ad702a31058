/**
 * The connection of a call to one other member (protocol.md "Calls"): a plain RTCPeerConnection of its own, loaded with the first call.
 *
 * Three lines of media, always: voice, camera, screen, all both ways from the first description on. What is switched on later is put on its
 * line and what is switched off is taken from it, so that nothing is ever negotiated again: one description a side, as on links, and so one
 * certificate. Nothing is put on a line before `release`, which is when both ends have proved their certificates.
 */
import { limits } from '../../shared/limits.ts';
import type { IceServer, LinkFingerprints } from '../../shared/room/types.ts';
import { fingerprintOf, parseSignal } from './signal.ts';

export const lines = ['voice', 'camera', 'screen'] as const;
export type Line = (typeof lines)[number];
/** What is on each line; null where it is silent. */
export type Tracks = Readonly<Record<Line, MediaStreamTrack | null>>;

/** What each line may take: bits per second, and by how much a picture is made smaller. */
export type LineLimits = Readonly<Record<Line, { readonly bits: number; readonly smaller: number }>>;

export interface CallLeg {
  signal(text: string): void;
  /** From now on what is given to `send` leaves this page. */
  release(): void;
  send(tracks: Tracks): void;
  limit(limits: LineLimits): void;
  /** How loud the other side is, 0 to 1. */
  loudness(): number;
  close(): void;
}

export interface CallLegEvents {
  signal(text: string): void;
  /** The connection stands, with these certificates. */
  opened(fingerprints: LinkFingerprints): void;
  /** What the other side sends on this line. Always there, silent or not. */
  receives(line: Line, track: MediaStreamTrack): void;
  /** Nothing comes through for now. */
  interrupted(on: boolean): void;
  closed(): void;
}

export interface CallLegSetup {
  readonly offers: boolean;
  readonly iceServers: readonly IceServer[];
}

export type OpenCallLeg = (setup: CallLegSetup, events: CallLegEvents) => CallLeg;

/** An interruption that lasts longer does not heal by itself soon: another leg is faster. */
const patienceMs = 4000;
/** What every browser that has WebRTC speaks, and little more: a description is to fit into one frame. */
const codecs: Readonly<Record<'audio' | 'video', readonly string[]>> = {
  audio: ['audio/opus'],
  video: ['video/vp8', 'video/h264', 'video/rtx'],
};

export const openCallLeg: OpenCallLeg = (setup, events) => new RtcCallLeg(setup, events);

class RtcCallLeg implements CallLeg {
  readonly #offers: boolean;
  readonly #events: CallLegEvents;
  readonly #connection: RTCPeerConnection;
  readonly #deadline: ReturnType<typeof setTimeout>;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #transceivers: readonly RTCRtpTransceiver[] = [];
  #tracks: Tracks = { voice: null, camera: null, screen: null };
  #limits: LineLimits | undefined;
  #state: 'dialling' | 'open' | 'released' | 'closed' = 'dialling';
  #described = false;
  /** One signal after the other: a candidate before its description is an error. */
  #work: Promise<void>;

  constructor({ offers, iceServers }: CallLegSetup, events: CallLegEvents) {
    this.#offers = offers;
    this.#events = events;
    const connection = new RTCPeerConnection({
      iceServers: iceServers.map(({ urls, ...login }) => ({ ...login, urls: [...urls] })),
      bundlePolicy: 'max-bundle',
    });
    this.#connection = connection;
    this.#deadline = setTimeout(() => this.#fail(), limits.linkDeadlineMs);
    connection.onicecandidate = ({ candidate }) => candidate !== null && this.#tell({ type: 'candidate', candidate });
    connection.onconnectionstatechange = () => this.#connectionChanged();
    this.#work = offers ? this.#offer() : Promise.resolve();
    this.#work.catch(() => this.#fail());
  }

  signal(text: string): void {
    const signal = parseSignal(text);
    if (signal === undefined || this.#state === 'closed') return;
    const take = async (): Promise<void> => {
      if (this.#state === 'closed') return;
      if (signal.type === 'candidate')
        await this.#connection.addIceCandidate(signal.candidate).catch(() => {}); // others may do
      else if (signal.type === (this.#offers ? 'answer' : 'offer') && !this.#described) await this.#describe(signal);
    };
    this.#work = this.#work.then(take);
    this.#work.catch(() => this.#fail());
  }

  release(): void {
    if (this.#state !== 'open') return;
    this.#state = 'released';
    this.#put();
    for (const [at, { receiver }] of this.#transceivers.entries()) this.#events.receives(lines[at] as Line, receiver.track);
  }

  send(tracks: Tracks): void {
    this.#tracks = tracks;
    if (this.#state === 'released') this.#put();
  }

  limit(most: LineLimits): void {
    this.#limits = most;
    if (this.#state === 'released') this.#restrain();
  }

  loudness(): number {
    const sources = this.#state === 'released' ? (this.#transceivers[0]?.receiver.getSynchronizationSources() ?? []) : [];
    return Math.max(0, ...sources.map(({ audioLevel }) => audioLevel ?? 0));
  }

  close(): void {
    this.#state = 'closed';
    clearTimeout(this.#deadline);
    clearTimeout(this.#patience);
    this.#connection.close();
  }

  // ---------------------------------------------------------------- describing

  async #offer(): Promise<void> {
    for (const line of lines)
      this.#prefer(this.#connection.addTransceiver(line === 'voice' ? 'audio' : 'video', { direction: 'sendrecv' }));
    await this.#connection.setLocalDescription();
    this.#tellDescription();
  }

  async #describe(description: { readonly type: 'offer' | 'answer'; readonly sdp: string }): Promise<void> {
    this.#described = true;
    await this.#connection.setRemoteDescription(description);
    this.#transceivers = this.#connection.getTransceivers();
    const kinds = this.#transceivers.map(({ receiver }) => receiver.track.kind);
    if (kinds.join() !== 'audio,video,video') throw new TypeError('another call than this one');
    if (this.#offers) return;
    for (const transceiver of this.#transceivers) {
      transceiver.direction = 'sendrecv';
      this.#prefer(transceiver);
    }
    await this.#connection.setLocalDescription();
    this.#tellDescription();
  }

  /** A browser that cannot be asked keeps its own order. */
  #prefer(transceiver: RTCRtpTransceiver): void {
    const kind = transceiver.receiver.track.kind as 'audio' | 'video';
    const wanted =
      RTCRtpReceiver.getCapabilities?.(kind)?.codecs.filter(({ mimeType }) => codecs[kind].includes(mimeType.toLowerCase())) ?? [];
    if (wanted.length > 0) transceiver.setCodecPreferences?.(wanted);
  }

  #tellDescription(): void {
    const { localDescription } = this.#connection;
    if (localDescription !== null) this.#tell({ type: localDescription.type, sdp: localDescription.sdp });
  }

  #tell(signal: object): void {
    if (this.#state !== 'closed') this.#events.signal(JSON.stringify(signal));
  }

  // ---------------------------------------------------------------- the connection

  #connectionChanged(): void {
    if (this.#state === 'closed') return;
    const { connectionState } = this.#connection;
    if (connectionState === 'failed' || connectionState === 'closed') this.#fail();
    else if (connectionState === 'connected') this.#connected();
    else if (connectionState === 'disconnected' && this.#state !== 'dialling') this.#disconnected();
  }

  #connected(): void {
    clearTimeout(this.#patience);
    if (this.#state === 'dialling') void this.#opened();
    else this.#events.interrupted(false);
  }

  #disconnected(): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.#fail(), patienceMs);
    this.#events.interrupted(true);
  }

  async #opened(): Promise<void> {
    clearTimeout(this.#deadline);
    this.#state = 'open';
    const fingerprints = await this.#fingerprints().catch(() => undefined);
    if ((this.#state as string) === 'closed') return;
    if (fingerprints === undefined) this.#fail();
    else this.#events.opened(fingerprints);
  }

  /** Those of the certificates in use, where the browser shows them (Firefox does not); else those that it was told to insist on. */
  async #fingerprints(): Promise<LinkFingerprints | undefined> {
    const { currentLocalDescription, currentRemoteDescription } = this.#connection;
    const local = fingerprintOf(currentLocalDescription?.sdp ?? '');
    const remote = fingerprintOf(currentRemoteDescription?.sdp ?? '');
    if (local === undefined || remote === undefined) return undefined;
    const seen = seenCertificates(await this.#connection.getStats());
    return { local: seen.local ?? local, remote: seen.remote ?? remote };
  }

  #put(): void {
    for (const [at, { sender }] of this.#transceivers.entries()) {
      const track = this.#tracks[lines[at] as Line];
      if (sender.track !== track) sender.replaceTrack(track).catch(() => this.#fail());
    }
    this.#restrain();
  }

  #restrain(): void {
    for (const [at, { sender }] of this.#transceivers.entries()) {
      const line = lines[at] as Line;
      const most = this.#limits?.[line];
      const parameters = sender.getParameters();
      const [encoding] = parameters.encodings;
      if (most === undefined || encoding === undefined || encoding.maxBitrate === most.bits) continue;
      encoding.maxBitrate = most.bits;
      if (line !== 'voice') encoding.scaleResolutionDownBy = most.smaller;
      // A line that is not being sent on cannot be limited in every browser; it is when something is put on it.
      sender
        .setParameters({ ...parameters, degradationPreference: line === 'screen' ? 'maintain-resolution' : 'balanced' })
        .catch(() => {});
    }
  }

  #fail(): void {
    if (this.#state === 'closed') return;
    this.close();
    this.#events.closed();
  }
}

/** As `fingerprintOf` writes them. */
export function seenCertificates(report: Pick<RTCStatsReport, 'values'>): { readonly local?: string; readonly remote?: string } {
  const entries = [...report.values()] as Record<string, unknown>[];
  const transport = entries.find(({ type, remoteCertificateId }) => type === 'transport' && typeof remoteCertificateId === 'string');
  const named = (id: unknown): string | undefined => {
    const certificate = entries.find((entry) => entry['type'] === 'certificate' && entry['id'] === id);
    const { fingerprintAlgorithm, fingerprint } = certificate ?? {};
    if (typeof fingerprintAlgorithm !== 'string' || typeof fingerprint !== 'string') return undefined;
    return `${fingerprintAlgorithm} ${fingerprint}`.toUpperCase();
  };
  const [local, remote] = [named(transport?.['localCertificateId']), named(transport?.['remoteCertificateId'])];
  return { ...(local !== undefined && { local }), ...(remote !== undefined && { remote }) };
}
