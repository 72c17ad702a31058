/** Stretches what a person typed off the page's own thread: one question in, one answer out. */
import { type PasswordQuestion, stretch } from './stretch.ts';

declare const self: DedicatedWorkerGlobalScope;

self.onmessage = ({ data }: MessageEvent<PasswordQuestion>) => {
  // Too little memory, for one. A rejection that nobody handles stays in here: only an error gets to the page.
  stretch(data).then((secret) => self.postMessage(secret), reportError);
};
