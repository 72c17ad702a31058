/** Stretches what a person typed off the page's own thread: one question in, one answer out. */
import { type PasswordQuestion, stretch } from './stretch.ts';

declare const self: DedicatedWorkerGlobalScope;

self.onmessage = async ({ data }: MessageEvent<PasswordQuestion>) => {
  self.postMessage(await stretch(data));
};
