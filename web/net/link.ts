/**
 * A direct link to one peer: what the rest of the page knows of WebRTC (protocol.md "Paths"). Six methods, so that another
 * way to carry frames (a plain RTCPeerConnection, a test's array) is one file. A link is disposable: when it is over it
 * is over, and a new one takes its place. `link.contract.ts` states what every implementation must do.
 */
import type { DirectPath, IceServer, LinkFingerprints } from '../../shared/room/types.ts';

export interface Link {
  /** Takes one signal of the other side. Anything that is not a well-formed signal is ignored. */
  signal(text: string): void;
  /** Sends one frame; order is kept. Before `open` and after the end it is lost, as on any broken path. */
  send(bytes: Uint8Array): void;
  /** Bytes handed to `send` that have not left this page. */
  waitingBytes(): number;
  /** Sends one file frame beside the others, so that these never wait behind a file; false, and nothing sent, while there is no room. */
  sendFile(frame: Uint8Array): boolean;
  /** How the frames travel now. */
  path(): Promise<DirectPath>;
  /** Ends the link without an event. Any number of times. */
  close(): void;
}

export interface LinkEvents {
  /** One signal for the other side, to be carried by an authenticated channel: it holds addresses. */
  signal(text: string): void;
  /** Frames flow. The fingerprints are those of the two descriptions in use; the caller must prove them to the peer. */
  open(fingerprints: LinkFingerprints): void;
  bytes(bytes: Uint8Array): void;
  /** One file frame; their order is not kept. */
  file(frame: Uint8Array): void;
  /** There is room for file frames again. */
  fileRoom(): void;
  /** Once, unless `close` came first: failed, closed by the peer, or not open within the deadline. */
  closed(): void;
}

export interface LinkSetup {
  /** Exactly one of the two sides offers: simultaneous offers hang in Chromium. */
  readonly offers: boolean;
  /** STUN and TURN of the relay's operator; empty for none. There is no default, since a default contacts strangers. */
  readonly iceServers: readonly IceServer[];
}

export type OpenLink = (setup: LinkSetup, events: LinkEvents) => Link;
