/** The part of simple-peer 9.11.1 that `rtc.ts` uses. Its published types would bring Node's into the page. */
declare module 'simple-peer/simplepeer.min.js' {
  interface Options {
    readonly initiator: boolean;
    readonly trickle: true;
    readonly channelName: string;
    /** Always given: left out, simple-peer contacts public STUN servers. */
    readonly config: { readonly iceServers: RTCIceServer[] };
  }

  export default class SimplePeer {
    constructor(options: Options);
    /** A description or a candidate of the other side; destroys the peer on anything else. */
    signal(signal: object): void;
    send(bytes: Uint8Array): void;
    destroy(): void;
    on(event: 'signal', listener: (signal: object) => void): this;
    on(event: 'connect' | 'close', listener: () => void): this;
    on(event: 'data', listener: (bytes: Uint8Array) => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
    /** Not public, and there is no other way to them. Null once destroyed. */
    readonly _pc: RTCPeerConnection | null;
    readonly _channel: RTCDataChannel | null;
    /** Looks every five seconds whether the channel hangs while it closes. */
    readonly _closingInterval: number | null;
  }
}
