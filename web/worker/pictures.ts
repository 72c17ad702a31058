/** Asks the picture worker, one question after the other; one that takes longer than it may ends the worker, and the next gets another. */
import { scriptAddress } from '../trusted.ts';
import type { PictureAnswer, PictureQuestion, Preview } from './pictures.worker.ts';
import workerAddress from './pictures.worker.ts?worker&url';

export type { Preview };

const patienceMs = 15_000;

export class Pictures {
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #asked = 0;
  #isClosed = false;
  /** Ends the question that is being asked without an answer. */
  #giveUp = (): void => {};

  /** The picture without metadata; undefined where this program cannot take it out. */
  clean(file: Blob): Promise<Blob | undefined> {
    return this.#ask<Blob>({ ask: 'clean', file });
  }

  /** Undefined for what is no picture that is shown here. */
  preview(file: Blob): Promise<Preview | undefined> {
    return this.#ask<Preview>({ ask: 'preview', file });
  }

  /** A picture to be shown, no side longer than `side`. */
  show(file: Blob, side: number): Promise<Blob | undefined> {
    return this.#ask<Blob>({ ask: 'show', file, side });
  }

  close(): void {
    this.#isClosed = true;
    this.#giveUp();
    this.#endWorker();
  }

  #endWorker(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #ask<Result extends Blob | Preview>(question: DistributedOmit<PictureQuestion>): Promise<Result | undefined> {
    const answer = this.#last.then(() => this.#answer({ ...question, id: ++this.#asked }) as Promise<Result | undefined>);
    this.#last = answer;
    return answer;
  }

  #answer(question: PictureQuestion): Promise<PictureAnswer['result']> {
    if (this.#isClosed) return Promise.resolve(undefined);
    const worker = this.#worker ?? new Worker(scriptAddress(workerAddress));
    this.#worker = worker;
    return new Promise((resolve) => {
      const end = (result: PictureAnswer['result'], alive: boolean): void => {
        clearTimeout(timer);
        if (!alive) this.#endWorker();
        resolve(result);
      };
      const timer = setTimeout(() => end(undefined, false), patienceMs);
      worker.onmessage = ({ data }: MessageEvent<PictureAnswer>) => data.id === question.id && end(data.result, true);
      this.#giveUp = () => end(undefined, false);
      worker.onerror = this.#giveUp;
      worker.postMessage(question);
    });
  }
}

type DistributedOmit<Question> = Question extends unknown ? Omit<Question, 'id'> : never;
