/**
 * Colours for a block of code. The grammars are regular expressions over text that anybody may send, so they run in a worker, which
 * is ended when it takes too long: then, and where there are no workers, the code is shown without colours.
 */
import { scriptAddress } from '../trusted.ts';
import type { CodeQuestion, CodeStretch } from './highlight.worker.ts';
import workerAddress from './highlight.worker.ts?worker&url';

export type { CodeKind, CodeStretch } from './highlight.worker.ts';

const patienceMs = 2000;
const longestText = 16_384;
/** More coloured stretches than that cost more to draw than they help. */
const mostStretches = 4000;

let worker: Worker | undefined;
let queue: Promise<unknown> = Promise.resolve();

/** The stretches of `text` in their order, or none where it is to be shown plainly. */
export function highlight(question: CodeQuestion): Promise<readonly CodeStretch[]> {
  if (question.language === '' || question.text.length > longestText) return Promise.resolve([]);
  const answer = queue.then(() => ask(question).catch(() => []));
  queue = answer;
  return answer;
}

async function ask(question: CodeQuestion): Promise<readonly CodeStretch[]> {
  worker ??= new Worker(scriptAddress(workerAddress));
  const asked = worker;
  return new Promise((resolve) => {
    const giveUp = (): void => {
      clearTimeout(timer);
      asked.terminate();
      worker = undefined;
      resolve([]);
    };
    const timer = setTimeout(giveUp, patienceMs);
    asked.onerror = giveUp;
    asked.onmessage = ({ data }: MessageEvent<readonly CodeStretch[]>) => {
      clearTimeout(timer);
      resolve(data.length > mostStretches ? [] : data);
    };
    asked.postMessage(question);
  });
}
