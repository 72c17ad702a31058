/** Stretches a room password off the page's own thread: one question in, one answer out (protocol.md "Handshake"). */
import { passwordSecret } from '../../shared/handshake/password.ts';

export interface PasswordQuestion {
  readonly password: string;
  readonly roomPub: Uint8Array;
}

declare const self: DedicatedWorkerGlobalScope;

self.onmessage = async ({ data }: MessageEvent<PasswordQuestion>) => {
  self.postMessage(await passwordSecret(data.password, data.roomPub));
};
